import { parentPort, workerData } from 'node:worker_threads';
import { openIndexAt } from '@crates-mirror/crates-index/source';
import { countWithDue, type DueCountable } from './count-due.ts';

const countable = workerData as DueCountable;
void count();

async function count(): Promise<void> {
  parentPort?.postMessage(countWithDue(await openIndexAt(countable.index), countable));
}
