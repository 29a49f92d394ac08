import { oneLine } from '@crates-mirror/errors';
import type { Logger } from '@crates-mirror/logging';
import type { ProgressSnapshot } from '@crates-mirror/progress';

const MAX_FAILURES_KEPT = 5;

export interface FailureNote {
  /** `BUNDLE: MEMBER`, or only the bundle. */
  readonly where: string;
  readonly message: string;
}

/** Everything counted in one run. */
export class Report {
  /** Members written, or successfully verified. */
  done = 0;
  /** Members whose file was already in place with the correct content. */
  existing = 0;
  /** Members of older bundles that a newer bundle supersedes. */
  superseded = 0;
  /** Withdrawn members, which are not extracted. */
  withdrawn = 0;
  failed = 0;
  /** Bytes of the members in `done`. */
  bytes = 0;
  readonly firstFailures: FailureNote[] = [];
  readonly startedAt = performance.now();
  /** Total number of members, if known from the bundles. */
  readonly total: number | undefined;
  readonly #logger: Logger;

  constructor(total: number | undefined, logger: Logger) {
    this.total = total;
    this.#logger = logger;
  }

  fail(where: string, message: string): void {
    this.failed += 1;
    this.#logger.debug(`${where}: ${message}`);
    if (this.firstFailures.length < MAX_FAILURES_KEPT)
      this.firstFailures.push({ where: oneLine(where), message: oneLine(message) });
  }

  get processed(): number {
    return this.done + this.existing + this.superseded + this.withdrawn + this.failed;
  }

  get elapsedMs(): number {
    return performance.now() - this.startedAt;
  }

  snapshot(): ProgressSnapshot {
    return {
      processed: this.processed,
      total: this.total,
      totalIsExact: true,
      ok: this.done + this.existing + this.superseded + this.withdrawn,
      errors: this.failed,
      retries: undefined,
      bytes: this.bytes,
    };
  }
}
