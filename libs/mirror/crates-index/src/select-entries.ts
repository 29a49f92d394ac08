import type { Entry } from './entry.ts';

/** The entries of one crate that are to be mirrored. */
export function selectEntries(entries: readonly Entry[], includeYanked: boolean): readonly Entry[] {
  return includeYanked ? entries : entries.filter((entry) => !entry.yanked);
}
