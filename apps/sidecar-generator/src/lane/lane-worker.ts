import { workerData } from 'node:worker_threads';
import type { IndexPiece } from '@crates-mirror/crates-index';
import { answerPieces } from '@crates-mirror/piece-pool';
import { Lane } from './lane.ts';
import type { FromLane, LaneStart } from './protocol.ts';

const lane = new Lane(workerData as LaneStart);

answerPieces<IndexPiece, FromLane>(
  (piece) => lane.process(piece),
  ({ output }) => (output === undefined ? [] : [output.buffer]),
);
