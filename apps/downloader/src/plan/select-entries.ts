import type { Entry } from '@crates-mirror/crates-index';

/** The entries of one crate that are to be mirrored. */
export function selectEntries(entries: readonly Entry[], includeYanked: boolean): readonly Entry[] {
  return includeYanked ? entries : entries.filter((entry) => !entry.yanked);
}
