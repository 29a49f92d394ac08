import { MAX_INDEX_FILE } from '@crates-mirror/crates-index';
import { isCarriedPath } from '../index/carried-files.ts';
import type { FoundParcel } from '../parcel/find-parcels.ts';
import { type AppliedChanges, applyFiles, type CarriedKind } from './apply-files.ts';

const INDEX: CarriedKind = {
  archives: 'index',
  removed: 'index-removed',
  what: 'an index file',
  isPath: isCarriedPath,
  largest: MAX_INDEX_FILE,
};

/** Updates an index to the state in a parcel. @throws FatalError */
export function applyIndex(
  parcel: FoundParcel,
  index: string,
  checkStopped: () => void,
): Promise<AppliedChanges> {
  return applyFiles(parcel, index, INDEX, checkStopped);
}
