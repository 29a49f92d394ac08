import { parentPort, workerData } from 'node:worker_threads';
import type { Countable } from '../index-plan.ts';
import { openIndexAt } from '../source/open-index-at.ts';
import { countCrateFiles } from './count-crate-files.ts';

const countable = workerData as Countable;
void count();

async function count(): Promise<void> {
  parentPort?.postMessage(countCrateFiles(await openIndexAt(countable.index), countable));
}
