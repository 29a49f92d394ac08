import { parentPort, workerData } from 'node:worker_threads';
import { countCrateFiles } from '@crates-mirror/crates-index/count-files';
import { openIndexAt } from '@crates-mirror/crates-index/source';
import { selectorOf } from '@crates-mirror/selection/selector';
import type { SelectedCountable } from './work.ts';

const countable = workerData as SelectedCountable;
void count();

async function count(): Promise<void> {
  const { select } = await selectorOf(countable.selection);
  parentPort?.postMessage(countCrateFiles(await openIndexAt(countable.index), countable, select));
}
