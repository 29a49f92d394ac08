import {
  DEFAULT_BOUNDS,
  type HistogramCounts,
  noObservations,
  observe,
} from '@crates-mirror/metrics/histogram';
import type { FailureKind } from '@crates-mirror/retry';

/**
 * The outcome of an attempt. `probe` is a file that was served and was requested only to see
 * whether it is.
 */
export type AttemptKind =
  | FailureKind
  | 'ok'
  | 'probe'
  | 'missing_upstream'
  | 'unverifiable'
  | 'too_large'
  | 'sink'
  | 'withdrawn';

/** An attempt that has ended. */
export interface Attempt {
  /** In ms on performance.now()'s clock. */
  readonly startedAt: number;
  readonly kind: AttemptKind;
  /** HTTP status; undefined if none was received. */
  readonly status: number | undefined;
  /** Bytes of the body received. */
  readonly bytes: number;
}

/** Attempts with the same outcome. */
export interface AttemptCount {
  readonly kind: AttemptKind;
  readonly status: number | undefined;
  count: number;
  bytes: number;
  seconds: number;
}

/** Measurements of a lane since the previous batch. */
export interface MeterBatch {
  readonly attempts: readonly AttemptCount[];
  readonly attemptSeconds: HistogramCounts;
  readonly storeSeconds: HistogramCounts;
  /** Change in the number of attempts in progress since the previous batch. */
  readonly inflightChange: number;
}

/**
 * Counts within one lane, as plain numbers. Metrics are updated once per batch and not for each
 * file.
 */
export class Meter {
  #attempts = new Map<string, AttemptCount>();
  #attemptSeconds = noObservations(DEFAULT_BOUNDS);
  #storeSeconds = noObservations(DEFAULT_BOUNDS);
  #inflightChange = 0;

  /** @returns the start time, for {@link endAttempt} */
  startAttempt(): number {
    this.#inflightChange += 1;
    return performance.now();
  }

  endAttempt({ startedAt, kind, status, bytes }: Attempt): void {
    const seconds = (performance.now() - startedAt) / 1000;
    this.#inflightChange -= 1;
    if (kind === 'withdrawn') return;
    observe(this.#attemptSeconds, DEFAULT_BOUNDS, seconds);
    const count = this.#count(kind, status);
    count.count += 1;
    count.bytes += bytes;
    count.seconds += seconds;
  }

  /** @param startedAt ms on performance.now()'s clock */
  stored(startedAt: number): void {
    observe(this.#storeSeconds, DEFAULT_BOUNDS, (performance.now() - startedAt) / 1000);
  }

  /** Returns the counts and resets them. */
  take(): MeterBatch {
    const batch = {
      attempts: [...this.#attempts.values()],
      attemptSeconds: this.#attemptSeconds,
      storeSeconds: this.#storeSeconds,
      inflightChange: this.#inflightChange,
    };
    this.#attempts = new Map();
    this.#attemptSeconds = noObservations(DEFAULT_BOUNDS);
    this.#storeSeconds = noObservations(DEFAULT_BOUNDS);
    this.#inflightChange = 0;
    return batch;
  }

  #count(kind: AttemptKind, status: number | undefined): AttemptCount {
    const key = kind === 'ok' ? kind : `${kind} ${status}`;
    let count = this.#attempts.get(key);
    if (count === undefined) {
      count = { kind, status, count: 0, bytes: 0, seconds: 0 };
      this.#attempts.set(key, count);
    }
    return count;
  }
}
