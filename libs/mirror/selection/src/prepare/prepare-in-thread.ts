import { Worker } from 'node:worker_threads';
import type { IndexProblem } from '@crates-mirror/crates-index';
import { UsageError } from '@crates-mirror/errors';
import type { PreparedSelection } from '../model/data.ts';
import type { Prepared, PrepareTask } from './prepare-task.ts';

const WORKER = new URL('./prepare-worker.ts', import.meta.url);
/**
 * MB. Nearly everything of a closure is outside of the heap. Without limits, V8 lets garbage grow
 * instead of collecting it.
 */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 1024, maxYoungGenerationSizeMb: 24 };

export interface InThread {
  readonly onProblem: (problem: IndexProblem) => void;
  /** Whether the process may end while the thread is working. */
  readonly isBackground: boolean;
}

/**
 * Does the work of `prepareSelection` in a thread of its own, which takes the memory with it when
 * it ends.
 *
 * @throws UsageError if a file of the rules cannot be used
 */
export async function prepareInThread(
  task: PrepareTask,
  { onProblem, isBackground }: InThread,
): Promise<PreparedSelection> {
  const worker = new Worker(WORKER, { workerData: task, resourceLimits: HEAP_LIMITS });
  if (isBackground) worker.unref();
  const prepared = await new Promise<Prepared>((resolve, reject) =>
    worker.once('message', resolve).once('error', reject),
  );
  if ('wrongUse' in prepared) {
    const { message, hint } = prepared.wrongUse;
    throw new UsageError(message, hint === undefined ? {} : { hint });
  }
  const { data, files, problems } = prepared;
  for (const problem of problems) onProblem(problem);
  return { data, files };
}
