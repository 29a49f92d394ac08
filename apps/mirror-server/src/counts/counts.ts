import type { SelectionData } from '@crates-mirror/selection/selector';
import type { ArrivalList } from './arrivals.ts';

/** What a mirror holds. */
export interface Counts {
  readonly crates: number;
  readonly versions: number;
  /** bytes of crate files */
  readonly bytes: number;
  /** Versions that it held once, as its ledger or the manifest of a lost bundle tells, and does not hold now. */
  readonly lost: number;
  /** Damaged files that there were too many of to look at each. */
  readonly unlisted: number;
  /** When it had been counted, ms since the epoch; undefined while it is counted for the first time. */
  readonly finishedAt: number | undefined;
}

/** What the counting thread tells of a piece of the index. */
export interface CountedPiece {
  readonly versions: number;
  readonly bytes: number;
  readonly lost: number;
  /** Crates that something may be damaged of. */
  readonly suspects: readonly string[];
  readonly unlisted: number;
  /** Of the crates of which something is held, each with a newline. */
  readonly names: string;
}

/** What it tells at its end. */
export interface CountedArrivals {
  readonly arrivals: ArrivalList;
}

/** What the counting thread works on. */
export interface CountingTask {
  readonly indexDir: string;
  readonly mirror: { readonly root: string; readonly layout: string } | undefined;
  /** A MemberTable's memory. */
  readonly bundled: SharedArrayBuffer | undefined;
  /** When each bundle of that table was written last, ms since the epoch. */
  readonly bundleTimes: readonly number[];
  /** A MemberTable's memory, of bundles that are lost. */
  readonly lost: SharedArrayBuffer | undefined;
  /** SHA-256 of files that are known to be damaged. */
  readonly damaged: readonly string[];
  /** What of the index is handed out. */
  readonly selection: SelectionData;
}
