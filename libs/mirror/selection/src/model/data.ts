import type { CrateLines, Entry } from '@crates-mirror/crates-index/files';
import type { Decision } from './decision.ts';
import type { SelectionRules } from './rules.ts';

/** A selection in the form that is sent to worker threads. */
export interface SelectionData {
  readonly rules: SelectionRules;
  /** A ChosenTable's memory; undefined if no lists, lock files or dependencies select anything. */
  readonly chosen: SharedArrayBuffer | undefined;
  /** When the run began, ms since the epoch. All threads use it to compute ages. */
  readonly now: number;
}

/** A selection whose files were read and resolved against the index. */
export interface PreparedSelection {
  readonly data: SelectionData;
  /** The only index files from which anything may be selected, in path order; undefined for any. */
  readonly files: readonly string[] | undefined;
}

/** Size of an entry's crate file in bytes; undefined if unknown. */
export type SizeOf = (entry: Entry) => number | undefined;

/** Selects the versions of an index file to be mirrored. */
export interface Selector {
  /** Whether selection depends only on `yanked`, so that counting need not parse index files. */
  readonly isPlain: boolean;
  readonly data: SelectionData;
  /** The selected entries of a crate, in their order. */
  readonly select: (crate: CrateLines, sizeOf?: SizeOf) => readonly Entry[];
  /** One decision for each entry, in their order; undefined if the selection is plain. */
  readonly decide?: (crate: CrateLines, sizeOf?: SizeOf) => readonly Decision[];
  /**
   * Maximum size of a version's crate file in bytes; undefined for any.
   * @param path of its index file
   */
  readonly maxSizeOf?: (path: string, version: string) => number | undefined;
}
