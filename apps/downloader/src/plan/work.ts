import type { IndexLocation, IndexPiece } from '@crates-mirror/crates-index';
import type { Counted } from '@crates-mirror/crates-index/count';
import type { Countable } from '@crates-mirror/crates-index/plan';
import type { ChunkPlace } from '@crates-mirror/manifest/unchanged';
import type { SelectionData } from '@crates-mirror/selection/selector';

export interface IndexWork extends IndexPiece {
  /** What the last run recorded about these index files. */
  readonly chunks?: readonly ChunkPlace[];
  /** Whether to hash files in place even if they look unchanged [false]. */
  readonly isToVerify?: boolean;
}

/**
 * A piece of work for a lane: small enough to distribute evenly, large enough to be worth a
 * message.
 */
export type Work = IndexWork | { readonly kind: 'list'; readonly lines: readonly ListLine[] };

/** A parsed line of a list. */
export interface ListLine {
  /** 1-based line number in the list file. */
  readonly number: number;
  readonly url: string;
  readonly name: string;
  readonly version: string;
}

/**
 * Input that cannot be mirrored or looks wrong. It is reported and counted, and the run continues.
 */
export interface InputProblem {
  /**
   * The location in a form the user can find: the path of an index file relative to its root, or
   * the path of the list.
   */
  readonly file: string;
  /** 1-based; 0 means the whole file. */
  readonly line: number;
  readonly message: string;
  /**
   * The number of problems of this kind that it stands for [1]; 0 if the input is mirrored anyway.
   */
  readonly count?: number;
  /** Whether the problem applies to everything below `file` [false]. */
  readonly isDirectory?: boolean;
}

/** The data needed to count the selected crate files. */
export interface SelectedCountable extends Countable {
  readonly selection: SelectionData;
}

/** The source of a run's work, read as lanes request it. */
export interface Plan extends Counted {
  /** Returns the next piece; undefined when there is none left. */
  next(): Work | undefined;
  /** Whether everything has been returned. */
  readonly isExhausted: boolean;
  /** The total number of crate files, if known in advance. */
  readonly total: number | undefined;
  /** The number of index files returned so far. */
  readonly unitsHandedOut: number;
  /** The location of the index files that it returns. */
  readonly index: IndexLocation | undefined;
}
