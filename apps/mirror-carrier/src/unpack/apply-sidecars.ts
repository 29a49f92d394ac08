import { existsSync } from 'node:fs';
import { UsageError } from '@crates-mirror/errors';
import type { FoundParcel } from '../parcel/find-parcels.ts';
import { isSidecarPath, MAX_SIDECAR } from '../sidecars/sidecar-files.ts';
import { type AppliedChanges, applyFiles, type CarriedKind } from './apply-files.ts';

const SIDECARS: CarriedKind = {
  archives: 'sidecars',
  removed: 'sidecars-removed',
  what: 'a sidecar',
  isPath: isSidecarPath,
  largest: MAX_SIDECAR,
};

/**
 * Checks that parcels continue from the sidecars that a receiver has.
 *
 * @param root where the sidecars go; undefined if they are left out
 * @param isCurrent whether the receiver has those of the parcel before the first one
 * @throws UsageError if a parcel has only what has changed, and the receiver lacks the rest
 */
export function checkSidecars(
  parcels: readonly FoundParcel[],
  root: string | undefined,
  isCurrent: boolean,
): void {
  let before = isCurrent && root !== undefined && existsSync(root);
  for (const parcel of root === undefined ? [] : parcels) {
    if (parcel.manifest.sidecars === 'changes' && !before)
      throw new UsageError(
        `--sidecars: ${parcel.name} has only the sidecars that have changed, and ${root} lacks the others`,
        {
          hint: 'Leave --sidecars out; a parcel that is packed with the receipt of that has all of them',
        },
      );
    before = hasSidecars(parcel, root, before);
  }
}

/** Whether a receiver has all sidecars after a parcel. @param before whether it had them until then */
export function hasSidecars({ manifest }: FoundParcel, root: string | undefined, before: boolean): boolean {
  if (root === undefined) return false;
  return manifest.sidecars === 'all' || (manifest.sidecars === 'changes' && before);
}

/** Updates a directory of sidecars to the state in a parcel. @throws FatalError */
export function applySidecars(
  parcel: FoundParcel,
  root: string,
  checkStopped: () => void,
): Promise<AppliedChanges> {
  return applyFiles(parcel, root, SIDECARS, checkStopped);
}
