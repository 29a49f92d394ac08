import { workerData } from 'node:worker_threads';
import { openIndexAt } from '@crates-mirror/crates-index/source';
import { answerPieces } from '@crates-mirror/piece-pool/worker';
import { selectorOf } from '@crates-mirror/selection/selector';
import type { IndexWork } from '../plan/work.ts';
import type { CountStart, FromSurveyor } from './protocol.ts';
import { VersionCount } from './version-count.ts';

const start = workerData as CountStart;
void answer();

async function answer(): Promise<void> {
  const count = new VersionCount(await openIndexAt(start.index), start, await selectorOf(start.selection));
  answerPieces<IndexWork, FromSurveyor>((work) => count.survey(work));
}
