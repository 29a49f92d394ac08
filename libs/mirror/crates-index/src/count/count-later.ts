import { Worker } from 'node:worker_threads';
import type { Countable } from '../index-plan.ts';

const COUNTER = new URL('./count-worker.ts', import.meta.url);
/** Shorter runs do not justify counting. */
const COUNT_AFTER_MS = 500;

/** A plan whose crate files can be counted. */
export interface Counted {
  /** Input of the count; undefined if the total is already known or cannot be determined. */
  readonly countable: Countable | undefined;
  /**
   * A worker that receives a {@link Countable} as its `workerData` and posts the total [one that
   * only counts].
   */
  readonly counter?: URL | undefined;
}

/**
 * Counts the crate files of a plan on a worker thread, so that a fixed total can be shown. A failed
 * count is ignored, because the run meets the same error and reports it.
 *
 * @param isWanted whether a total is shown: counting a whole index costs a second of CPU time
 * @param onTotal called once, unless the count is aborted first
 */
export function countLater(
  { countable, counter = COUNTER }: Counted,
  isWanted: boolean,
  onTotal: (total: number) => void,
): AbortController {
  const stop = new AbortController();
  if (!isWanted || countable === undefined) return stop;
  const timer = setTimeout(() => {
    const worker = new Worker(counter, { workerData: countable });
    worker.unref();
    worker.on('message', onTotal);
    worker.on('error', () => {});
    stop.signal.addEventListener('abort', () => void worker.terminate());
  }, COUNT_AFTER_MS);
  timer.unref();
  stop.signal.addEventListener('abort', () => clearTimeout(timer));
  return stop;
}
