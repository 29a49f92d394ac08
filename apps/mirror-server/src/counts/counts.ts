import type { SelectionData } from '@crates-mirror/selection/selector';
import type { ArrivalList } from './arrivals.ts';

/** What a mirror holds. */
export interface Counts {
  readonly crates: number;
  readonly versions: number;
  /** Bytes of crate files. */
  readonly bytes: number;
  /**
   * Versions that the mirror no longer holds, but held once according to its ledger or the manifest
   * of a lost bundle.
   */
  readonly lost: number;
  /** Damaged files that were not checked individually, because there were too many. */
  readonly unlisted: number;
  /** When the count finished, ms since the epoch; undefined until the first count has finished. */
  readonly finishedAt: number | undefined;
}

/** Message of the counting thread about one piece of the index. */
export interface CountedPiece {
  readonly versions: number;
  readonly bytes: number;
  readonly lost: number;
  /** Crates of which some file may be damaged. */
  readonly toExamine: readonly string[];
  readonly unlisted: number;
  /** Names of crates of which some version is held, each followed by a newline. */
  readonly names: string;
}

/** Message of the counting thread at its end. */
export interface CountedArrivals {
  readonly arrivals: ArrivalList;
}

/** Input of the counting thread. */
export interface CountingTask {
  readonly indexDir: string;
  readonly mirror: { readonly root: string; readonly layout: string } | undefined;
  /** Memory of a MemberTable. */
  readonly bundled: SharedArrayBuffer | undefined;
  /** When each bundle of that table was last written, ms since the epoch. */
  readonly bundleTimes: readonly number[];
  /** Memory of a MemberTable for lost bundles. */
  readonly lost: SharedArrayBuffer | undefined;
  /** SHA-256 of files known to be damaged. */
  readonly damaged: readonly string[];
  /** The part of the index that is served. */
  readonly selection: SelectionData;
}

/** A count that is under way. */
export interface Count {
  /** Whether it was not stopped. Rejects if it failed. */
  readonly done: Promise<boolean>;
  stop(): Promise<void>;
}

/** Starts a count, which reports what it finds. */
export type Counting = (onPiece: (piece: CountedPiece | CountedArrivals) => void) => Count;
