import { parentPort, workerData } from 'node:worker_threads';
import { openIndex } from '@crates-mirror/crates-index';
import type { PrepareTask } from './prepare-task.ts';
import { openSelection } from './selector.ts';

const { indexDir, rules } = workerData as PrepareTask;
// What is not there was told when the server began.
const { data } = await openSelection(rules, await openIndex(indexDir), () => {});
parentPort?.postMessage(data);
