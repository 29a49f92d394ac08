import type { Entry } from './entry.ts';

/** A parsed index file. */
export interface CrateLines {
  /** Below the index root, with `/`. */
  readonly path: string;
  readonly content: Buffer;
  /** The entries that count. */
  readonly entries: readonly Entry[];
}

/** Selects the entries of one crate to be mirrored, keeping their order. */
export type SelectEntries = (crate: CrateLines) => readonly Entry[];

/** All entries, or all that are not yanked. */
export function selectEntries(entries: readonly Entry[], includeYanked: boolean): readonly Entry[] {
  return includeYanked ? entries : entries.filter((entry) => !entry.yanked);
}
