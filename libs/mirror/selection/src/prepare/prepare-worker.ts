import { parentPort, workerData } from 'node:worker_threads';
import type { IndexProblem } from '@crates-mirror/crates-index';
import { openIndexAt } from '@crates-mirror/crates-index/source';
import { UsageError } from '@crates-mirror/errors';
import { prepareSelection } from './prepare.ts';
import type { Prepared, PrepareTask } from './prepare-task.ts';

const { index, rules } = workerData as PrepareTask;
void prepared().then((answer) => parentPort?.postMessage(answer));

async function prepared(): Promise<Prepared> {
  const problems: IndexProblem[] = [];
  try {
    const { data, files } = prepareSelection(rules, await openIndexAt(index), (one) => problems.push(one));
    return { data, files, problems };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const { message, hint } = error;
    return { wrongUse: { message, hint } };
  }
}
