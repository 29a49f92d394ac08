import { workerData } from 'node:worker_threads';
import { answerPieces } from '@crates-mirror/piece-pool/worker';
import type { IndexWork } from '../plan/work.ts';
import type { CountStart, FromSurveyor } from './protocol.ts';
import { VersionCount } from './version-count.ts';

const count = new VersionCount(workerData as CountStart);

answerPieces<IndexWork, FromSurveyor>((work) => count.survey(work));
