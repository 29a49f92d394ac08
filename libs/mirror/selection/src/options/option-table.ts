import { byteSize, type OptionSpec, repeatable, wholeNumber } from '@crates-mirror/cli';
import { parseDate } from '@crates-mirror/cli/dates';
import { UsageError } from '@crates-mirror/errors';
import { parseNamePattern } from '../model/name-pattern.ts';
import { parseAge } from '../model/times.ts';

const GROUP = 'Selection';

export const INCLUDE_YANKED = {
  flags: '--include-yanked',
  description: 'also select yanked versions',
  group: GROUP,
} as const satisfies OptionSpec;

/** Rules shared by the command line and the file of `--selection`, with the same meaning. */
export const RULE_OPTIONS = [
  INCLUDE_YANKED,
  {
    flags: '--include <pattern>',
    description: 'select crates by name, with the wildcards * and ?; may be repeated',
    group: GROUP,
    ...repeatable(checkedPattern),
  },
  {
    flags: '--exclude <pattern>',
    description: 'never select these crates; may be repeated',
    group: GROUP,
    ...repeatable(checkedPattern),
  },
  {
    flags: '--names <file>',
    description: 'select the crates in this file, one name per line; may be repeated',
    group: GROUP,
    ...repeatable(notEmpty),
  },
  {
    flags: '--cargo-lock <file>',
    description: 'select exactly the versions in this Cargo.lock, yanked or not; may be repeated',
    group: GROUP,
    ...repeatable(notEmpty),
  },
  {
    flags: '--deps [versions]',
    description: 'also select dependencies: all versions, or the newest in each range',
    group: GROUP,
    preset: 'all',
    choices: ['all', 'newest'],
  },
  {
    flags: '--without-optional-deps',
    description: 'with --deps: follow no optional dependencies',
    group: GROUP,
  },
  { flags: '--without-build-deps', description: 'with --deps: follow no build dependencies', group: GROUP },
  {
    flags: '--latest <n>',
    description: 'only the newest n versions of each crate; pre-releases only if there is nothing else',
    group: GROUP,
    parse: wholeNumber(1),
  },
  {
    flags: '--min-age <time>',
    description: 'only versions at least this old: 12h, 7d, 2w',
    group: GROUP,
    parse: parseAge,
  },
  {
    flags: '--newer-than <date>',
    description: 'only versions published on this date or later: 2025-01-31',
    group: GROUP,
    parse: parseDate,
  },
  {
    flags: '--max-size <size>',
    description: 'only crate files up to this size, like 50MB; pinned versions and dependencies are exempt',
    group: GROUP,
    parse: byteSize({ least: 1, most: 2 ** 31, text: '1B to 2GiB' }),
  },
  {
    flags: '--min-age-unknown <verdict>',
    description: 'verdict on versions without a publication time, with --min-age or --newer-than',
    group: GROUP,
    default: 'deny',
    choices: ['allow', 'deny'],
  },
] as const satisfies readonly OptionSpec[];

function checkedPattern(text: string): string {
  parseNamePattern(text);
  return text;
}

function notEmpty(text: string): string {
  if (text.trim() === '') throw new UsageError('the value is empty');
  return text;
}

/** All options of a selection. */
export const SELECTION_OPTIONS = [
  ...RULE_OPTIONS,
  {
    flags: '--selection <file>',
    description: 'TOML file of selection rules; the command line adds to them',
    group: GROUP,
    parse: notEmpty,
  },
] as const satisfies readonly OptionSpec[];
