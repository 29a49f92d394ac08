import { Worker } from 'node:worker_threads';
import type { Countable } from '../index-plan.ts';

const COUNTER = new URL('./count-worker.ts', import.meta.url);
/** Counting is not worth it for runs shorter than this. */
const COUNT_AFTER_MS = 500;

/** A plan whose crate files can be counted. */
export interface Counted {
  /** What the count needs; undefined where the total is known, or nothing tells it. */
  readonly countable: Countable | undefined;
  /** A worker that answers its `workerData`, a {@link Countable}, with the total [one that counts just that]. */
  readonly counter?: URL | undefined;
}

/**
 * Counts the crate files of a plan in a thread of its own, so that a total can be shown that does not change. Nothing comes of
 * a count that fails: the run meets the same trouble, and reports it.
 *
 * @param isWanted whether anybody sees a total: counting costs a second of CPU time on a whole index
 * @param onTotal called once, unless the count is aborted before
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
