import { UsageError } from '@crates-mirror/errors';
import { formatCount } from '@crates-mirror/progress';

/**
 * Number of index files that may disappear at once without an explicit option. If there are more,
 * the index may be incomplete.
 */
const FEW = 10;
const FEW_SHARE = 0.01;

/**
 * Rejects the removal of a large part of an index, or of sidecars, at once.
 *
 * @param gone files that are removed, or no longer have entries
 * @param before number of files before the removal
 * @param which the files, like `index files in DIR`
 * @throws UsageError
 */
export function checkMassRemoval(gone: number, before: number, which: string): void {
  if (gone <= Math.max(FEW, before * FEW_SHARE)) return;
  throw new UsageError(
    `${formatCount(gone)} of the ${formatCount(before)} ${which} would be removed or emptied`,
    { hint: 'Check the directory; if it is right, give --allow-mass-removal' },
  );
}
