import { parentPort, workerData } from 'node:worker_threads';
import { openIndexAt } from '@crates-mirror/crates-index/source';
import { countCrateFiles } from './total-count.ts';
import type { Countable } from './work.ts';

const countable = workerData as Countable;
parentPort?.postMessage(countCrateFiles(await openIndexAt(countable.index), countable));
