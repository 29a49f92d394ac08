import { byteSize, type OptionSpec, repeatable, wholeNumber } from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import { parseNamePattern } from './name-pattern.ts';
import { parseAge, parseDate } from './times.ts';

const GROUP = 'Selection';

export const INCLUDE_YANKED = {
  flags: '--include-yanked',
  description: 'select yanked versions too',
  group: GROUP,
} as const satisfies OptionSpec;

/** Rules shared by the command line and the file of `--selection`, with the same meaning. */
export const RULE_OPTIONS = [
  INCLUDE_YANKED,
  {
    flags: '--include <pattern>',
    description: 'select crates by name: * for any characters, ? for one; may be repeated',
    group: GROUP,
    ...repeatable(checkedPattern),
  },
  {
    flags: '--exclude <pattern>',
    description: 'select none of these crates, whatever else names them; may be repeated',
    group: GROUP,
    ...repeatable(checkedPattern),
  },
  {
    flags: '--names <file>',
    description: 'select the crates that this file names, one a line; may be repeated',
    group: GROUP,
    ...repeatable(notEmpty),
  },
  {
    flags: '--cargo-lock <file>',
    description: 'select just what this Cargo.lock pins, yanked or not; may be repeated',
    group: GROUP,
    ...repeatable(notEmpty),
  },
  {
    flags: '--deps [versions]',
    description:
      'select the dependencies of what is selected, too: all versions, or the newest of each range',
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
    description: 'of each crate only the newest n versions, pre-releases where there is nothing else',
    group: GROUP,
    parse: wholeNumber(1),
  },
  {
    flags: '--min-age <time>',
    description: 'only versions that were published so long ago: 12h, 7d, 2w',
    group: GROUP,
    parse: parseAge,
  },
  {
    flags: '--newer-than <date>',
    description: 'only versions that were published then or later: 2025-01-31',
    group: GROUP,
    parse: parseDate,
  },
  {
    flags: '--max-size <size>',
    description: 'only crate files that are no larger, like 50MB; what is pinned or a dependency may be',
    group: GROUP,
    parse: byteSize({ least: 1, most: 2 ** 31, text: '1B to 2GiB' }),
  },
  {
    flags: '--min-age-unknown <verdict>',
    description: 'what the index tells no time of publication for, with either of these',
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
    description: 'a TOML file with these rules, to which the command line adds',
    group: GROUP,
    parse: notEmpty,
  },
] as const satisfies readonly OptionSpec[];
