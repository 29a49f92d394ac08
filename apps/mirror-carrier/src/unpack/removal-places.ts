import { existsSync } from 'node:fs';
import { readCatalog } from '@crates-mirror/bundle';
import { mirrorHome } from '@crates-mirror/layout';
import { keyOfFile } from '@crates-mirror/removals';
import { bundlePlace, loosePlace, type RemovalPlace } from '@crates-mirror/removals/places';
import type { UnpackOptions } from '../options.ts';

/** The journals have all that there is to tell: a receiving mirror has no manifest. */
const NO_RECORD = (): void => {};

/** Where a receiving mirror has crate files. The caller closes the journals. */
export function removalPlaces({
  mirror,
  bundlesDir,
}: Pick<UnpackOptions, 'mirror' | 'bundlesDir'>): readonly RemovalPlace[] {
  const loose = loosePlace(mirror, NO_RECORD);
  if (bundlesDir === undefined) return [loose];
  const held = [...readCatalog(bundlesDir).values()].map(({ bundle }) => bundle);
  return [loose, bundlePlace(bundlesDir, held, NO_RECORD)];
}

/** Whether anything was ever removed from the mirror, or was about to be. */
export function hasRemovals({ mirror, bundlesDir }: Pick<UnpackOptions, 'mirror' | 'bundlesDir'>): boolean {
  const roots = bundlesDir === undefined ? [mirror] : [mirror, bundlesDir];
  return roots.some((root) => existsSync(mirrorHome(root).removalsFile));
}

/** Files that no instruction of the index concerns. */
export interface PassedOver {
  /** Files that an operator restored by hand, by `keyOfFile`. */
  readonly kept: ReadonlySet<string>;
  /** Members of bundles that are already withdrawn, by `keyOfFile`. */
  readonly withdrawn: ReadonlySet<string>;
}

export function passedOver({ journal }: RemovalPlace): PassedOver {
  const withdrawn = journal.removals('done').filter(({ action }) => action === 'withdraw');
  return { kept: journal.keptByHand(), withdrawn: new Set(withdrawn.map(keyOfFile)) };
}
