import { Worker } from 'node:worker_threads';
import type { Counting, CountingTask } from './counts.ts';

const HEAP_MB = 256;

/**
 * Counts a mirror on this machine by walking its index and its directories, on a separate thread.
 */
export function countInThread(task: () => Promise<CountingTask>): Counting {
  return (onPiece) => {
    let worker: Worker | undefined;
    let isStopped = false;
    const run = async (): Promise<boolean> => {
      const workerData = await task();
      if (isStopped) return false;
      worker = new Worker(new URL('./count-worker.ts', import.meta.url), {
        workerData,
        resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
      }).on('message', onPiece);
      const ended = worker;
      return new Promise((resolve, reject) =>
        ended.once('error', reject).once('exit', (code) => resolve(code === 0)),
      );
    };
    return {
      done: run(),
      stop: async () => {
        isStopped = true;
        await worker?.terminate();
      },
    };
  };
}
