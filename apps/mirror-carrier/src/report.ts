import { oneLine } from '@crates-mirror/errors';
import type { Logger } from '@crates-mirror/logging';
import type { ProgressSnapshot } from '@crates-mirror/progress';

const MAX_FAILURES_KEPT = 5;

export interface FailureNote {
  readonly where: string;
  readonly message: string;
}

/** Counters for the result of a run. */
export class Report {
  /** Crate files, or files of parcels. */
  done = 0;
  /** Crate files that were already in place. */
  existing = 0;
  failed = 0;
  bytes = 0;
  /** Versions that the index names and the mirror does not hold. */
  notHeld = 0;
  indexFiles = 0;
  indexFilesRemoved = 0;
  /** Crate files that a parcel has the receiver remove; or that it has removed. */
  removals = 0;
  sidecars = 0;
  sidecarsRemoved = 0;
  /** Versions that the policy keeps out of a parcel. */
  refused = 0;
  /** Total bytes, if known. */
  totalBytes: number | undefined;
  readonly firstFailures: FailureNote[] = [];
  readonly startedAt = performance.now();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  fail(where: string, message: string): void {
    this.failed += 1;
    this.#logger.debug(`${where}: ${message}`);
    if (this.firstFailures.length < MAX_FAILURES_KEPT)
      this.firstFailures.push({ where: oneLine(where), message: oneLine(message) });
  }

  /** Resets the counters. */
  restart(): void {
    this.done = 0;
    this.failed = 0;
    this.bytes = 0;
    this.notHeld = 0;
    this.indexFiles = 0;
    this.indexFilesRemoved = 0;
    this.removals = 0;
    this.sidecars = 0;
    this.sidecarsRemoved = 0;
    this.refused = 0;
    this.firstFailures.length = 0;
  }

  get elapsedMs(): number {
    return performance.now() - this.startedAt;
  }

  snapshot(): ProgressSnapshot {
    const { done, existing, failed, bytes, totalBytes } = this;
    return {
      processed: done + existing + failed,
      total: undefined,
      totalIsExact: false,
      ok: done + existing,
      errors: failed,
      retries: undefined,
      bytes,
      ...(totalBytes === undefined ? {} : { totalBytes }),
    };
  }
}
