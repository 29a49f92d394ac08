import { UsageError } from '@crates-mirror/errors';
import { formatCount } from '@crates-mirror/progress';

/** How many index files may go at once without an explicit word: beyond, the index is perhaps not all there. */
const FEW = 10;
const FEW_SHARE = 0.01;

/**
 * Refuses that much of an index goes at once.
 *
 * @param gone files that are removed, or have no entries any more
 * @param before files that there were
 * @throws UsageError
 */
export function checkMassRemoval(gone: number, before: number, index: string): void {
  if (gone <= Math.max(FEW, before * FEW_SHARE)) return;
  throw new UsageError(
    `${formatCount(gone)} of the ${formatCount(before)} index files in ${index} would be removed or emptied`,
    { hint: 'Check the index; if it is right, give --allow-mass-removal' },
  );
}
