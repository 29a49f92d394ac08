import type { BuiltFrame, Member } from '@crates-mirror/bundle';
import type { IndexLocation } from '@crates-mirror/crates-index';
import type { TrafficCounts } from '@crates-mirror/http-client';
import type { RecordError } from '@crates-mirror/manifest';
import type { ProfileKind } from '@crates-mirror/metrics';
import type { SelectionData } from '@crates-mirror/selection/selector';
import type { LaneOptions } from '../options.ts';
import type { Work } from '../plan/work.ts';
import type { RequestLimits } from './fetch/request-limit.ts';
import type { SettledBatch } from './report/settled-batch.ts';
import type { PieceUnchanged } from './scan/unchanged.ts';
import type { Target } from './target.ts';
import type { UpstreamEvent } from './upstream/upstream-event.ts';

/** When a run that is watched loads its profilers, if nobody has asked for a profile: short runs never pay for them. */
export const PROFILERS_AFTER_MS = 30_000;

/** What is known of a lane when its thread is started. */
export interface LaneAhead {
  /** Whether it is certain to ask an upstream for something over https. */
  readonly willFetch: boolean;
}

/** What a lane begins with. */
export interface LaneStart {
  readonly options: LaneOptions;
  /** A ChecksumTable's memory. */
  readonly checksums: SharedArrayBuffer | undefined;
  /** Whether nothing is to be asked for before `held` says so. */
  readonly isHeld: boolean;
  /** Of a ByteBudget; undefined where the rate has no limit. */
  readonly budget: SharedArrayBuffer | undefined;
  /** Where the index is; undefined for a list. */
  readonly index: IndexLocation | undefined;
  /** What of an index file is mirrored. */
  readonly selection: SelectionData;
  /** A SizeTable's memory; undefined where crate files may have any size. */
  readonly sizes: SharedArrayBuffer | undefined;
}

/** What a lane's requests came to within a short time. */
export interface LaneTraffic extends TrafficCounts {
  /** Requests that its connections can carry; Infinity while no server has set a limit. */
  readonly capacity: number;
  /** Share of the time that the lane's thread was busy. */
  readonly busy: number;
}

export type ToLane =
  /** Comes first, and once. */
  | { readonly type: 'start'; readonly start: LaneStart }
  | { readonly type: 'work'; readonly work: Work }
  /** There is no more work: end when what was given is settled. */
  | { readonly type: 'finish' }
  /** Start nothing new: end when what is under way is settled. */
  | { readonly type: 'stop' }
  /** Another lane was handed this file. */
  | { readonly type: 'served'; readonly target: Target }
  /** The lane's share of the run's limits has changed. */
  | { readonly type: 'limits'; readonly limits: RequestLimits }
  /** Nothing new is to be asked for, for now; or it may be again. */
  | { readonly type: 'held'; readonly isHeld: boolean }
  /** A group is on disk. */
  | { readonly type: 'stored'; readonly group: number; readonly bundle: string }
  | { readonly type: 'not_stored'; readonly group: number; readonly error: RecordError }
  /** Answered by `profile`. */
  | { readonly type: 'take_profile'; readonly kind: ProfileKind; readonly ms: number }
  /** Answered by the profile that is under way, cut short. */
  | { readonly type: 'end_profile' };

/** Crate files that go into a bundle together. Answered by `stored` or `not_stored`. */
export type BundleGroup =
  /** Its memory is left alone until the answer. */
  | (BuiltFrame & {
      readonly kind: 'frame';
      /** Chosen by the lane. */
      readonly group: number;
    })
  | {
      readonly kind: 'file';
      readonly group: number;
      /** Where the content is until the answer. */
      readonly source: string;
      readonly member: Member;
    };

export type FromLane =
  /** Has room for another piece of work. Answered by `work` or `finish`. */
  | { readonly type: 'wants_work' }
  | { readonly type: 'settled'; readonly batch: SettledBatch }
  /** What its requests came to since the last time; where the run finds its limits itself, and requests are under way. */
  | { readonly type: 'traffic'; readonly traffic: LaneTraffic }
  | { readonly type: 'bundle'; readonly group: BundleGroup }
  | { readonly type: 'unchanged'; readonly piece: PieceUnchanged }
  /** In pprof's format; empty where this thread cannot be profiled. */
  | { readonly type: 'profile'; readonly profile: Uint8Array }
  /** Going on is pointless, for every lane. */
  | {
      readonly type: 'fatal';
      readonly code: string;
      readonly message: string;
      readonly hint: string | undefined;
    }
  /** The first file from an origin; for the other lanes. */
  | { readonly type: 'served'; readonly target: Target }
  /** `given_up` ends the run, as `fatal` does. */
  | { readonly type: 'upstream'; readonly event: UpstreamEvent }
  /** All is settled and told: the thread may be ended. */
  | { readonly type: 'drained' };
