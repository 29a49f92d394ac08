import { Worker } from 'node:worker_threads';
import type { BytePath } from '../byte-path.ts';
import type { ExclusionRule } from '../exclude/exclusions.ts';
import type { CountJob, TreeTotals } from './count-job.ts';

const WORKER = new URL('./count-worker.ts', import.meta.url);

/** Counts in a separate thread during the work. */
export class TreeCount {
  readonly #worker: Worker;
  #totals: TreeTotals | undefined;

  /** @param rules exclusions that the count applies */
  constructor(root: BytePath, rules: readonly ExclusionRule[]) {
    this.#worker = new Worker(WORKER, { workerData: { root, rules } satisfies CountJob });
    this.#worker.unref();
    this.#worker.on('message', (totals: TreeTotals) => {
      this.#totals = totals;
    });
    // Progress is still shown without totals.
    this.#worker.on('error', () => {});
  }

  /**
   * undefined until everything has been counted, because a growing total is useless as an estimate.
   */
  get totals(): TreeTotals | undefined {
    return this.#totals;
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
