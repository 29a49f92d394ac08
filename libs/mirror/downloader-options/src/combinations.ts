import { type Given, valueName } from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import { EXPLAIN, type RawSelection, SELECTION_OPTIONS } from '@crates-mirror/selection/options';
import type { RawValues } from './option-table.ts';
import type { Source } from './options.ts';
import { notEmpty } from './places.ts';
import { checkShard } from './shard-options.ts';

/** Checks that there is something to do, and that no name is empty. @throws UsageError */
export function checkNames(raw: RawValues, given: Given<RawValues>, source: Source | undefined): void {
  if (source === undefined && raw.sample !== true && raw.restore === undefined) {
    throw new UsageError('nothing to mirror: no source given', {
      hint: 'Give --index-dir or --list, or --sample to mirror the embedded sample',
    });
  }
  if (given.has('userAgent') && given.has('contact')) {
    throw new UsageError('--user-agent and --contact exclude each other', {
      hint: 'Put the contact into the user agent',
    });
  }
  for (const [option, value] of [
    ['--only-crates', raw.onlyCrates],
    ['--retry-out', raw.retryOut],
    ['--advisories', raw.advisories],
    ['--deny', raw.deny],
    ['--log-path', raw.logPath],
    ['--manifest', raw.manifest],
    ['--sample-index', raw.sampleIndex],
  ] as const) {
    if (value !== undefined) notEmpty(option, value);
  }
}

/** Checks that the options can be combined. @throws UsageError */
export function checkCombination(raw: RawValues, given: Given<RawValues>, source: Source | undefined): void {
  if (source?.kind === 'list') checkListOptions(raw, given);
  if (source === undefined && raw.restore === undefined) checkSampleOptions(given);
  else if (raw.sampleIndex !== undefined)
    throw new UsageError('--sample-index does nothing without --sample', { hint: 'Leave it out' });
  checkShard(raw);
  if (raw.scrub !== undefined) checkScrub(raw);
  if (raw.dryRun === true) checkDryRun(raw);
  else checkNoSizing(given);
}

/** The sample is a complete registry, so options for parts or other sources do not apply. */
function checkSampleOptions(given: Given<RawValues>): void {
  const others = [
    ['onlyCrates', '--only-crates'],
    ['cratesBaseUrl', '--crates-base-url'],
    ['checksums', '--checksums'],
    ['caFile', '--ca-file'],
  ] as const;
  for (const [name, option] of [...others, ...selectionNames()])
    if (given.has(name))
      throw new UsageError(`${option} is not for the sample, which is mirrored as it is`, {
        hint: 'Leave one of them out',
      });
}

function checkListOptions({ onlyCrates, retryOut }: RawValues, given: Given<RawValues>): void {
  // includeYanked has no effect with a list and has always been accepted.
  const selecting = selectionNames().find(([name]) => given.has(name) && name !== 'includeYanked');
  const option =
    onlyCrates !== undefined ? '--only-crates' : retryOut !== undefined ? '--retry-out' : selecting?.[1];
  if (option === undefined) return;
  throw new UsageError(`${option} is for the crates of an index, and --list has URLs`, {
    hint: 'Leave one of them out',
  });
}

/** The options of a selection, by value name and in command-line form. */
function selectionNames(): (readonly [name: keyof RawSelection | 'explain', option: string])[] {
  return [...SELECTION_OPTIONS, EXPLAIN].map((spec) => [valueName(spec), spec.flags.split(' ')[0] ?? '']);
}

/** The parts of a mirror are defined by its whole index. */
function checkScrub({ list, limit, verifyExisting }: RawValues): void {
  if (list !== undefined)
    throw new UsageError('--scrub is for the crates of an index, and --list has URLs', {
      hint: 'Give --verify-existing instead',
    });
  if (limit > 0) throw new UsageError('--scrub does nothing with --limit', { hint: 'Leave one of them out' });
  if (verifyExisting === true)
    throw new UsageError('--verify-existing hashes all, and --scrub a part', {
      hint: 'Leave one of them out',
    });
}

function checkDryRun({ listen, retryOut, logPath, scrub }: RawValues): void {
  for (const [option, value] of [
    ['--scrub', scrub],
    ['--listen', listen],
    ['--retry-out', retryOut],
    ['--log-path', logPath],
  ] as const) {
    if (value !== undefined)
      throw new UsageError(`${option} does nothing with --dry-run`, { hint: 'Leave one of them out' });
  }
}

function checkNoSizing(given: Given<RawValues>): void {
  for (const [name, option] of [
    ['sizeSample', '--size-sample'],
    ['sizeSeed', '--size-seed'],
    ['advisories', '--advisories'],
  ] as const) {
    if (given.has(name))
      throw new UsageError(`${option} does nothing without --dry-run`, { hint: 'Leave it out' });
  }
}
