import type { Entry } from './entry.ts';

/** An index file, read. */
export interface CrateLines {
  /** Below the index root, with `/`. */
  readonly path: string;
  readonly content: Buffer;
  /** Those that count. */
  readonly entries: readonly Entry[];
}

/** Chooses the entries of one crate that are to be mirrored, in their order. */
export type SelectEntries = (crate: CrateLines) => readonly Entry[];

/** Everything, or everything that is not yanked. */
export function selectEntries(entries: readonly Entry[], includeYanked: boolean): readonly Entry[] {
  return includeYanked ? entries : entries.filter((entry) => !entry.yanked);
}
