/**
 * Preloaded into each thread of a tool under load: collects garbage once a minute, and logs what is
 * left, as lines of thread, time in ms since 1970, and bytes.
 */
import { appendFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { threadId } from 'node:worker_threads';

const EVERY_MS = 60_000;
const log = process.env['LIVE_MEMORY_LOG'];

if (log !== undefined) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setInterval(() => {
    // The first collection only lets go of what the second one frees: buffers outside of the heap.
    collect();
    collect();
    const { heapUsed, external } = process.memoryUsage();
    appendFileSync(log, `${threadId} ${Date.now()} ${heapUsed + external}\n`);
  }, EVERY_MS).unref();
}
