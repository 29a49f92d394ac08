import type { InputProblem } from '../../plan/work.ts';
import type { MeterBatch } from './meter.ts';

/** Sums over some settled targets. */
export interface Counts {
  downloaded: number;
  existing: number;
  verifiedExisting: number;
  missingUpstream: number;
  /** Left out, since their files are larger than asked for. */
  tooLarge: number;
  failed: number;
  retries: number;
  /** Bytes of bodies received, those of failed attempts included. */
  bytes: number;
  /** Loose files that were removed because a bundle holds them now. */
  moved: number;
  /** bytes of these */
  movedBytes: number;
  /** Loose files that were not what they were when they were verified, though they looked so. */
  damaged: number;
  /** Bodies that had broken off, and came whole with their rest alone. */
  resumed: number;
  /** bytes of these that did not have to come again */
  resumedBytes: number;
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
  /** Some of the damaged files' paths. */
  readonly damaged: readonly string[];
  /** Some of the bodies of which only the rest had to come. */
  readonly resumed: readonly ResumeNote[];
  /** undefined where nobody looks at metrics */
  readonly metered: MeterBatch | undefined;
  /** Lines of the list of crates to try again. */
  readonly retryLines: string;
  /** Lines of what is known of files that are too large. */
  readonly learntSizes: string;
}

export interface ResumeNote {
  readonly url: string;
  /** bytes that were there before, and in all */
  readonly from: number;
  readonly size: number;
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

/** Targets settled, whatever their outcome. */
export function processed(counts: Counts): number {
  return inPlace(counts) + counts.missingUpstream + counts.tooLarge + counts.failed;
}

/** Targets whose file the mirror holds. */
export function inPlace(counts: Counts): number {
  return counts.downloaded + counts.existing + counts.verifiedExisting;
}
