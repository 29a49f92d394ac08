import type { IndexLocation, IndexPiece } from '@crates-mirror/crates-index';
import type { Counted } from '@crates-mirror/crates-index/count';
import type { Countable } from '@crates-mirror/crates-index/plan';
import type { ChunkPlace } from '@crates-mirror/manifest/unchanged';
import type { SelectionData } from '@crates-mirror/selection/selector';

export interface IndexWork extends IndexPiece {
  /** What is known of its index files from the last run. */
  readonly chunks?: readonly ChunkPlace[];
  /** Hash what is in place, whether it looks as it was or not [false]. */
  readonly isToVerify?: boolean;
}

/** A piece of work for a lane: small enough to share out evenly, large enough to be worth a message. */
export type Work = IndexWork | { readonly kind: 'list'; readonly lines: readonly ListLine[] };

/** A line of a list, read. */
export interface ListLine {
  /** 1-based, in the list file */
  readonly number: number;
  readonly url: string;
  readonly name: string;
  readonly version: string;
}

/** Input that cannot be mirrored, or looks wrong: it is reported, counted, and the run goes on. */
export interface InputProblem {
  /** As the user can find it: index file below its root, or the list's path. */
  readonly file: string;
  /** 1-based; 0 when the whole file is meant */
  readonly line: number;
  readonly message: string;
  /** How many of its kind it stands for [1]; 0 where it is mirrored all the same. */
  readonly count?: number;
  /** Whether everything below `file` is meant [false]. */
  readonly isDirectory?: boolean;
}

/** What a count of selected crate files needs. */
export interface SelectedCountable extends Countable {
  readonly selection: SelectionData;
}

/** The source of a run's work, read as the lanes ask for it. */
export interface Plan extends Counted {
  /** The next piece; undefined when there is no more. */
  next(): Work | undefined;
  /** Whether everything was handed out. */
  readonly isExhausted: boolean;
  /** All crate files there will be, where that is known beforehand. */
  readonly total: number | undefined;
  /** Index files handed out so far. */
  readonly unitsHandedOut: number;
  /** Where the index files are that it hands out. */
  readonly index: IndexLocation | undefined;
}
