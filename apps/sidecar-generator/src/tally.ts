import type { IndexPlan } from '@crates-mirror/crates-index';
import type { ProgressSnapshot } from '@crates-mirror/progress';
import { addCounts, type Counts, type FromLane, noCounts, type Problem, processed } from './lane/protocol.ts';

/** Counters of one run. */
export class Tally {
  readonly counts: Counts = noCounts();
  /** Lines and sidecars that had a problem. */
  problems = 0;
  /**
   * The part of these that are completely unusable files and directories, or could not be written.
   */
  wholeFiles = 0;
  /**
   * Number of versions in the index, counted in parallel to the run; undefined until that has
   * finished.
   */
  counted: number | undefined;
  /** Sidecars that were removed because their versions are no longer in the index. */
  pruned = 0;
  readonly startedAt = performance.now();
  readonly #plan: IndexPlan;
  #files = 0;

  constructor(plan: IndexPlan) {
    this.#plan = plan;
  }

  add({ counts }: FromLane, files: number): void {
    addCounts(this.counts, counts);
    this.#files += files;
  }

  addProblem({ line, count }: Problem): void {
    this.problems += count ?? 1;
    // A problem with a count represents further lines.
    if (line === 0 && count === undefined) this.wholeFiles += 1;
  }

  get elapsedMs(): number {
    return performance.now() - this.startedAt;
  }

  snapshot(): ProgressSnapshot {
    const done = processed(this.counts);
    const { isExhausted, unitsHandedOut } = this.#plan;
    // No estimate, because it would fluctuate.
    const total = isExhausted && this.#files === unitsHandedOut ? done : this.counted;
    return {
      processed: done,
      total,
      totalIsExact: total !== undefined,
      ok: done,
      errors: this.problems,
      retries: undefined,
      bytes: this.counts.bytes,
    };
  }
}
