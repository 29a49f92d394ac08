import type { ProgressSnapshot } from '@crates-mirror/progress';

/** What an export has done so far. */
export class Tally {
  crates = 0;
  /** Crate files. */
  placed = 0;
  unchanged = 0;
  failed = 0;
  /** Entries whose crate file the mirror does not hold. */
  missing = 0;
  /** bytes of all crate files of the site */
  bytes = 0;
  bytesWritten = 0;
  /** New or changed. */
  indexFiles = 0;
  indexFilesRemoved = 0;
  /** Crate files that no entry names. */
  orphans = 0;
  problems = 0;
  readonly #startedAt = performance.now();

  /** ms */
  get elapsed(): number {
    return performance.now() - this.#startedAt;
  }

  get versions(): number {
    return this.placed + this.unchanged;
  }

  snapshot(): ProgressSnapshot {
    const { versions, failed, bytes } = this;
    return {
      processed: versions + failed,
      total: undefined,
      totalIsExact: false,
      ok: versions,
      errors: failed,
      retries: undefined,
      bytes,
    };
  }
}
