import { workerData } from 'node:worker_threads';
import { openIndexAt } from '@crates-mirror/crates-index/source';
import { answerPieces } from '@crates-mirror/piece-pool/worker';
import { selectorOf } from '@crates-mirror/selection/selector';
import type { FromLane } from '../lane/protocol.ts';
import { PartitionLane } from './partition-lane.ts';
import type { PartitionLaneStart, PartitionPiece } from './protocol.ts';

const { options, index, selection } = workerData as PartitionLaneStart;
void answer();

async function answer(): Promise<void> {
  const lane = new PartitionLane(options, await openIndexAt(index), await selectorOf(selection));
  answerPieces<PartitionPiece, FromLane>((piece) => lane.process(piece));
}
