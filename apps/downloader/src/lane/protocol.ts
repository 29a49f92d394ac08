import type { BuiltFrame, Member } from '@crates-mirror/bundle';
import type { RecordError } from '@crates-mirror/manifest';
import type { ProfileKind } from '@crates-mirror/metrics';
import type { LaneOptions } from '../options.ts';
import type { InputProblem, Work } from '../plan/work.ts';
import type { MeterBatch } from './meter.ts';
import type { Target } from './target.ts';
import type { PieceUnchanged } from './unchanged.ts';

/** When a run that is watched loads its profilers, if nobody has asked for a profile: short runs never pay for them. */
export const PROFILERS_AFTER_MS = 30_000;

/** What a lane's thread is started with. */
export interface LaneStart {
  readonly options: LaneOptions;
  /** A ChecksumTable's memory. */
  readonly checksums: SharedArrayBuffer | undefined;
}

export type ToLane =
  | { readonly type: 'work'; readonly work: Work }
  /** There is no more work: end when what was given is settled. */
  | { readonly type: 'finish' }
  /** Start nothing new: end when what is under way is settled. */
  | { readonly type: 'stop' }
  /** Another lane was handed this file. */
  | { readonly type: 'served'; readonly target: Target }
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
  | { readonly type: 'hungry' }
  | { readonly type: 'settled'; readonly batch: SettledBatch }
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
  | { readonly type: 'outage'; readonly outage: OutageNote }
  | { readonly type: 'asked_to_wait'; readonly request: WaitRequest }
  /** All is settled and told: the thread may be ended. */
  | { readonly type: 'drained' };

/** The upstream is gone or hands out nothing, as a line tells; or it answers, or hands out files, again after so long. */
export type OutageNote =
  | { readonly origin: string; readonly trouble: string }
  | { readonly origin: string; readonly isServing: boolean; readonly lastedMs: number };

/** A server has asked for patience (Retry-After), with this status. */
export interface WaitRequest {
  readonly origin: string;
  readonly status: number | undefined;
  readonly ms: number;
}

/** Sums over some settled targets. */
export interface Counts {
  downloaded: number;
  existing: number;
  verifiedExisting: number;
  missingUpstream: number;
  failed: number;
  retries: number;
  /** Bytes of bodies received, those of failed attempts included. */
  bytes: number;
  /** Loose files that were removed because a bundle holds them now. */
  moved: number;
  /** bytes of these */
  movedBytes: number;
}

export interface SettledBatch {
  /** Manifest lines, UTF-8. */
  readonly records: Uint8Array;
  readonly counts: Counts;
  /** Targets found since the last batch, in place or not. */
  readonly found: number;
  /** Index files done since the last batch. */
  readonly units: number;
  /** Some of the batch's failures, for showing. */
  readonly failures: readonly FailureNote[];
  readonly problems: readonly InputProblem[];
  /** undefined where nobody looks at metrics */
  readonly metered: MeterBatch | undefined;
  /** Lines of the list of crates to try again. */
  readonly retryLines: string;
}

export interface FailureNote {
  readonly url: string;
  /** `serde-1.0.0` */
  readonly crate: string;
  readonly code: string;
  readonly message: string;
}

export function noCounts(): Counts {
  return {
    downloaded: 0,
    existing: 0,
    verifiedExisting: 0,
    missingUpstream: 0,
    failed: 0,
    retries: 0,
    bytes: 0,
    moved: 0,
    movedBytes: 0,
  };
}

export function addCounts(sum: Counts, more: Counts): void {
  for (const key of Object.keys(sum) as (keyof Counts)[]) sum[key] += more[key];
}

/** Targets settled, whatever their outcome. */
export function processed(counts: Counts): number {
  return inPlace(counts) + counts.missingUpstream + counts.failed;
}

/** Targets whose file the mirror holds. */
export function inPlace(counts: Counts): number {
  return counts.downloaded + counts.existing + counts.verifiedExisting;
}
