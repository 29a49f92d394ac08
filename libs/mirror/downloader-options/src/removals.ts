import { canAsk, type Given } from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import type { RawValues } from './option-table.ts';
import type { RemovalOptions } from './options.ts';

/** @param given the options that were given explicitly. @throws UsageError */
export function removalsOf(raw: RawValues, given: Given<RawValues>): RemovalOptions {
  const { onRemoved: action, maxRemovals, yes = false } = raw;
  // A restore removes nothing, even if a configuration file sets an action.
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
  ] as const)
    if (isGiven)
      throw new UsageError(`--on-removed ${action} needs a run over a whole index, and ${option} is given`, {
        hint: 'Leave one of them out',
      });
  if (action === 'delete' && !yes && raw.dryRun !== true && !canAsk())
    throw new UsageError(
      '--on-removed delete asks before it deletes anything, and there is no terminal to ask on',
      { hint: 'Add --yes' },
    );
  return { action, maxRemovals, isConfirmed: yes };
}
