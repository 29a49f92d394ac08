import type { IndexPlan } from '@crates-mirror/crates-index';
import type { ProgressSnapshot } from '@crates-mirror/progress';
import { addCounts, type Counts, type FromLane, noCounts, type Problem, processed } from './lane/protocol.ts';

/** Everything counted in one run. */
export class Tally {
  readonly counts: Counts = noCounts();
  /** Lines and sidecars that something was wrong with. */
  problems = 0;
  /** Of these, files and directories of which nothing could be used, or that could not be written. */
  wholeFiles = 0;
  /** Versions of the index, counted beside the run; undefined until that is done. */
  counted: number | undefined;
  /** Sidecars removed because the index no longer has their versions. */
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
    // One with a count stands for further lines.
    if (line === 0 && count === undefined) this.wholeFiles += 1;
  }

  get elapsedMs(): number {
    return performance.now() - this.startedAt;
  }

  snapshot(): ProgressSnapshot {
    const done = processed(this.counts);
    const { isExhausted, unitsHandedOut } = this.#plan;
    // No estimate: it would wander.
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
