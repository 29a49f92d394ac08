import type { BuiltFrame, Member } from '@crates-mirror/bundle';
import type { IndexLocation } from '@crates-mirror/crates-index';
import type { TrafficCounts } from '@crates-mirror/http-client';
import type { RecordError } from '@crates-mirror/manifest';
import type { ProfileKind } from '@crates-mirror/metrics';
import type { SelectionData } from '@crates-mirror/selection/selector';
import type { Work } from '../plan/work.ts';
import type { RequestLimits } from './fetch/request-limit.ts';
import type { LaneOptions } from './options.ts';
import type { CompletedBatch } from './report/completed-batch.ts';
import type { PieceUnchanged } from './scan/unchanged.ts';
import type { Target } from './target.ts';
import type { UpstreamEvent } from './upstream/upstream-event.ts';

/**
 * When a watched run loads its profilers if no profile has been requested. Short runs thus never
 * pay for them.
 */
export const PROFILERS_AFTER_MS = 30_000;

/** What a lane’s thread is started with. */
export interface LaneAhead {
  /** Whether it will certainly send requests to an upstream over https. */
  readonly willFetch: boolean;
}

/** The start parameters of a lane. */
export interface LaneStart {
  readonly options: LaneOptions;
  /** The memory of a ChecksumTable. */
  readonly checksums: SharedArrayBuffer | undefined;
  /** Whether requests must wait for a `held` message that permits them. */
  readonly isHeld: boolean;
  /** The memory of a ByteBudget; undefined if the rate has no limit. */
  readonly budget: SharedArrayBuffer | undefined;
  /** Location of the index; undefined for a list. */
  readonly index: IndexLocation | undefined;
  /** The selection that applies to index files. */
  readonly selection: SelectionData;
  /** The memory of a SizeTable; undefined if the size of crate files has no limit. */
  readonly sizes: SharedArrayBuffer | undefined;
}

/** Results of a lane's requests within a short time. */
export interface LaneTraffic extends TrafficCounts {
  /**
   * Number of requests that its connections can carry; Infinity while no server has set a limit.
   */
  readonly capacity: number;
  /** The shortest round trip to any origin over HTTP/2, ms; Infinity while unknown. */
  readonly roundTripMs: number;
  /** Fraction of the time that the lane's thread was busy. */
  readonly busy: number;
}

export type ToLane =
  /** Sent first, and once. */
  | { readonly type: 'start'; readonly start: LaneStart }
  | { readonly type: 'work'; readonly work: Work }
  /** There is no more work: end when everything received is completed. */
  | { readonly type: 'finish' }
  /** Start nothing new: end when work in progress is completed. */
  | { readonly type: 'stop' }
  /** Another lane was served this file. */
  | { readonly type: 'served'; readonly target: Target }
  /** The lane's share of the run's limits has changed. */
  | { readonly type: 'limits'; readonly limits: RequestLimits }
  /** Whether new requests must wait for now. */
  | { readonly type: 'held'; readonly isHeld: boolean }
  /** A group is on disk. */
  | { readonly type: 'stored'; readonly group: number; readonly bundle: string }
  | { readonly type: 'not_stored'; readonly group: number; readonly error: RecordError }
  /** Answered with `profile`. */
  | { readonly type: 'take_profile'; readonly kind: ProfileKind; readonly ms: number }
  /** End the current profile early; it is the answer. */
  | { readonly type: 'end_profile' };

/** Crate files that belong in the same bundle. Answered with `stored` or `not_stored`. */
export type BundleGroup =
  /** Its memory must not change until the answer. */
  | (BuiltFrame & {
      readonly kind: 'frame';
      /** Chosen by the lane. */
      readonly group: number;
    })
  | {
      readonly kind: 'file';
      readonly group: number;
      /** Path of the content until the answer. */
      readonly source: string;
      readonly member: Member;
    };

export type FromLane =
  /** There is room for another piece of work. Answered with `work` or `finish`. */
  | { readonly type: 'wants_work' }
  | { readonly type: 'completed'; readonly batch: CompletedBatch }
  /**
   * Results of requests since the previous message. Sent while requests are in progress, if the run
   * adapts its limits.
   */
  | { readonly type: 'traffic'; readonly traffic: LaneTraffic }
  | { readonly type: 'bundle'; readonly group: BundleGroup }
  | { readonly type: 'unchanged'; readonly piece: PieceUnchanged }
  /** In pprof format; empty if this thread cannot be profiled. */
  | { readonly type: 'profile'; readonly profile: Uint8Array }
  /** No lane can continue. */
  | {
      readonly type: 'fatal';
      readonly code: string;
      readonly message: string;
      readonly hint: string | undefined;
    }
  /** The first file served by an origin; for the other lanes. */
  | { readonly type: 'served'; readonly target: Target }
  /** `given_up` ends the run, as `fatal` does. */
  | { readonly type: 'upstream'; readonly event: UpstreamEvent }
  /** Everything is completed and reported: the thread may be terminated. */
  | { readonly type: 'drained' };
