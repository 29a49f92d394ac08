import { oneLine } from '@crates-mirror/errors';
import type { Logger } from '@crates-mirror/logging';
import type { ProgressSnapshot } from '@crates-mirror/progress';
import { type BytePath, shownPath } from './byte-path.ts';
import type { TreeTotals } from './tree/count-job.ts';

const MAX_PROBLEMS_KEPT = 5;

export interface ProblemNote {
  readonly path: string;
  readonly message: string;
}

/** Counters for one pass over a directory. */
export class Report {
  files = 0;
  /** Bytes of these files. */
  bytes = 0;
  directories = 0;
  symlinks = 0;
  /** Entries that were not included. */
  skipped = 0;
  /** Files that were included, but whose digests may differ from the file. */
  doubtful = 0;
  /** Whether another tool worked on the directory meanwhile. */
  isDisturbed = false;
  readonly firstProblems: ProblemNote[] = [];
  readonly startedAt = performance.now();
  readonly #logger: Logger;
  readonly #totals: () => TreeTotals | undefined;

  constructor(logger: Logger, totals: () => TreeTotals | undefined) {
    this.#logger = logger;
    this.#totals = totals;
  }

  skip(path: BytePath, reason: string): void {
    this.skipped += 1;
    this.#note(path, `skipped: ${reason}`);
  }

  doubt(path: BytePath, problem: string): void {
    this.doubtful += 1;
    this.#note(path, problem);
  }

  /** @param path the path that shows it */
  disturb(path: BytePath): void {
    this.isDisturbed = true;
    this.#note(path, 'a tool worked on the mirror while it was hashed: run again when none does');
  }

  get problems(): number {
    return this.skipped + this.doubtful + (this.isDisturbed ? 1 : 0);
  }

  /** Whether nothing was found that could be hashed. */
  get isEmpty(): boolean {
    return this.files + this.symlinks + this.skipped === 0;
  }

  get elapsedMs(): number {
    return performance.now() - this.startedAt;
  }

  snapshot(): ProgressSnapshot {
    const totals = this.#totals();
    return {
      processed: this.files,
      total: totals?.files,
      totalIsExact: true,
      ok: this.files - this.doubtful,
      errors: this.problems,
      retries: undefined,
      bytes: this.bytes,
      ...(totals === undefined ? {} : { totalBytes: totals.bytes }),
    };
  }

  #note(path: BytePath, message: string): void {
    const shown = shownPath(path);
    this.#logger.warn({ path: shown }, message);
    if (this.firstProblems.length < MAX_PROBLEMS_KEPT)
      this.firstProblems.push({ path: oneLine(shown), message: oneLine(message) });
  }
}
