import type { InputProblem } from '../../plan/work.ts';
import type { MeterBatch } from './meter.ts';

/** Sums over some completed targets. */
export interface Counts {
  downloaded: number;
  existing: number;
  verifiedExisting: number;
  missingUpstream: number;
  /** Files left out because they exceed the maximum size. */
  tooLarge: number;
  failed: number;
  retries: number;
  /** Bytes of bodies received, including those of failed attempts. */
  bytes: number;
  /** Loose files removed because a bundle now holds them. */
  moved: number;
  /** Bytes of these. */
  movedBytes: number;
  /** Loose files that looked unchanged since their verification but had different content. */
  damaged: number;
  /** Bodies that broke off and were completed by requesting only the rest. */
  resumed: number;
  /** Bytes of these that did not have to be received again. */
  resumedBytes: number;
}

export interface CompletedBatch {
  /** Manifest lines in UTF-8. */
  readonly records: Uint8Array;
  readonly counts: Counts;
  /** Targets found since the previous batch, in place or not. */
  readonly found: number;
  /** Index files completed since the previous batch. */
  readonly units: number;
  /** Some of the batch's failures, for display. */
  readonly failures: readonly FailureNote[];
  readonly problems: readonly InputProblem[];
  /** Paths of some of the damaged files. */
  readonly damaged: readonly string[];
  /** Some of the bodies for which only the rest was requested. */
  readonly resumed: readonly ResumeNote[];
  /** Undefined if metrics are not served. */
  readonly metered: MeterBatch | undefined;
  /** Lines for the list of crates to retry. */
  readonly retryLines: string;
  /** Lines with the sizes of files that are too large. */
  readonly learntSizes: string;
}

export interface ResumeNote {
  readonly url: string;
  /** Number of bytes already received earlier, and the total. */
  readonly from: number;
  readonly size: number;
}

export interface FailureNote {
  readonly url: string;
  /** For example `serde-1.0.0` */
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
    tooLarge: 0,
    failed: 0,
    retries: 0,
    bytes: 0,
    moved: 0,
    movedBytes: 0,
    damaged: 0,
    resumed: 0,
    resumedBytes: 0,
  };
}

export function addCounts(sum: Counts, more: Counts): void {
  for (const key of Object.keys(sum) as (keyof Counts)[]) sum[key] += more[key];
}

/** Number of completed targets, whatever their outcome. */
export function processed(counts: Counts): number {
  return inPlace(counts) + counts.missingUpstream + counts.tooLarge + counts.failed;
}

/** Number of targets whose file the mirror holds. */
export function inPlace(counts: Counts): number {
  return counts.downloaded + counts.existing + counts.verifiedExisting;
}
