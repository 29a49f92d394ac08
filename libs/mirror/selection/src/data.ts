import type { CrateLines, Entry } from '@crates-mirror/crates-index/files';
import type { Decision } from './decision.ts';
import type { SelectionRules } from './rules.ts';

/** A selection as it crosses to a worker thread. */
export interface SelectionData {
  readonly rules: SelectionRules;
  /** A ChosenTable's memory; undefined where neither lists, nor lock files, nor dependencies choose anything. */
  readonly chosen: SharedArrayBuffer | undefined;
  /** When the run began, ms since the epoch: of one crate, all threads see the same age. */
  readonly now: number;
}

/** A selection whose files were read, and looked up in the index. */
export interface PreparedSelection {
  readonly data: SelectionData;
  /** The only index files of which anything may be selected, in path order; undefined: any. */
  readonly files: readonly string[] | undefined;
}

/** bytes of an entry's crate file; undefined where that is not known. */
export type SizeOf = (entry: Entry) => number | undefined;

/** Chooses what is mirrored of an index file. */
export interface Selector {
  /** Whether a version is selected by its `yanked` alone: to count them, index files need not be parsed. */
  readonly isPlain: boolean;
  readonly data: SelectionData;
  /** The entries of a crate that are selected, in their order. */
  readonly select: (crate: CrateLines, sizeOf?: SizeOf) => readonly Entry[];
  /** One decision for each entry, in their order; undefined where the selection is plain. */
  readonly decide?: (crate: CrateLines, sizeOf?: SizeOf) => readonly Decision[];
  /** bytes that the crate file of a version has at most; undefined for any. @param path of its index file */
  readonly maxSizeOf?: (path: string, version: string) => number | undefined;
}
