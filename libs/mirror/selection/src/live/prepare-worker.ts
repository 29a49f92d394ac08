import { parentPort, workerData } from 'node:worker_threads';
import { openIndex } from '@crates-mirror/crates-index';
import { openSelection } from '../selector.ts';
import type { PrepareTask } from './prepare-task.ts';

const { indexDir, rules } = workerData as PrepareTask;
void prepare();

async function prepare(): Promise<void> {
  // Missing names were already reported when the server started.
  const { data } = await openSelection(rules, await openIndex(indexDir), () => {});
  parentPort?.postMessage(data);
}
