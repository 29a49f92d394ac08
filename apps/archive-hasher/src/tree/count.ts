import { Worker } from 'node:worker_threads';
import type { BytePath } from '../byte-path.ts';
import type { ExclusionRule } from '../exclude/exclusions.ts';
import type { CountJob, TreeTotals } from './count-job.ts';

const WORKER = new URL('./count-worker.ts', import.meta.url);

/** Counts in a thread of its own while the work goes on. */
export class TreeCount {
  readonly #worker: Worker;
  #totals: TreeTotals | undefined;

  /** @param rules say what is left out */
  constructor(root: BytePath, rules: readonly ExclusionRule[]) {
    this.#worker = new Worker(WORKER, { workerData: { root, rules } satisfies CountJob });
    this.#worker.unref();
    this.#worker.on('message', (totals: TreeTotals) => {
      this.#totals = totals;
    });
    // Without totals there is still progress.
    this.#worker.on('error', () => {});
  }

  /** undefined until all has been counted: an estimate that grows would tell nothing. */
  get totals(): TreeTotals | undefined {
    return this.#totals;
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
