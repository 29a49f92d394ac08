import { canAsk, type OptionSpec } from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import { type MostRemovals, parseMostRemovals } from '@crates-mirror/removals/limit';
import type { RemovalOptions } from './options.ts';

const REMOVED = 'What has gone';

/** The part of the command line that is about crate files which are no longer to be mirrored. */
export const REMOVAL_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--deny <file>',
    description: 'mirror none of the versions that this denylist names',
    group: REMOVED,
  },
  {
    flags: '--on-removed <what>',
    description: 'crate files that have left the index or the selection: keep them, or not',
    group: REMOVED,
    default: 'keep',
    choices: ['keep', 'quarantine', 'delete'],
  },
  {
    flags: '--max-removals <n>',
    description: 'remove nothing where it would be more than that: a number, or a share of the mirror',
    group: REMOVED,
    default: '1%',
    parse: parseMostRemovals,
  },
  { flags: '--yes', description: 'delete without asking', group: REMOVED },
  {
    flags: '--restore <crate@version>',
    description: 'bring a crate file back from the quarantine, and do nothing else',
    group: REMOVED,
  },
];

export interface RawRemovalValues {
  readonly onRemoved: RemovalOptions['action'];
  readonly maxRemovals: MostRemovals;
  readonly yes?: boolean;
  readonly restore?: string;
  readonly deny?: string;
  readonly list?: string;
  readonly limit: number;
  readonly dryRun?: boolean;
}

/** @param given the options that were typed. @throws UsageError */
export function removalsOf(raw: RawRemovalValues, given: ReadonlySet<string>): RemovalOptions {
  const { onRemoved: action, maxRemovals, yes = false } = raw;
  // A restore removes nothing, whatever a configuration file says.
  if (raw.restore !== undefined) return { action: 'keep', maxRemovals, isConfirmed: yes };
  if (yes && action !== 'delete')
    throw new UsageError('--yes does nothing without --on-removed delete', { hint: 'Leave it out' });
  if (given.has('maxRemovals') && action === 'keep')
    throw new UsageError('--max-removals does nothing while removed crate files are kept', {
      hint: 'Add --on-removed quarantine or --on-removed delete',
    });
  if (action === 'keep') return { action, maxRemovals, isConfirmed: yes };
  for (const [option, isGiven] of [
    ['--list', raw.list !== undefined],
    ['--limit', raw.limit > 0],
    ['--dry-run', raw.dryRun === true],
  ] as const)
    if (isGiven)
      throw new UsageError(`--on-removed ${action} needs a run over a whole index, and ${option} is given`, {
        hint: 'Leave one of them out',
      });
  if (action === 'delete' && !yes && !canAsk())
    throw new UsageError(
      '--on-removed delete asks before it deletes anything, and there is no terminal to ask on',
      { hint: 'Add --yes' },
    );
  return { action, maxRemovals, isConfirmed: yes };
}
