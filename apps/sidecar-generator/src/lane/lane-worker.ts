import { workerData } from 'node:worker_threads';
import type { IndexPiece } from '@crates-mirror/crates-index';
import { openIndexAt } from '@crates-mirror/crates-index/source';
import { answerPieces } from '@crates-mirror/piece-pool/worker';
import { selectorOf } from '@crates-mirror/selection/selector';
import type { MirroredTable } from '../mirrored-table.ts';
import { Lane } from './lane.ts';
import type { FromLane, LaneStart } from './protocol.ts';

const start = workerData as LaneStart;
void answer();

async function answer(): Promise<void> {
  const index = await openIndexAt(start.index);
  const selector = await selectorOf(start.selection);
  const lane = new Lane(start, index, selector, start.mirrored && (await openTable(start.mirrored)));
  answerPieces<IndexPiece, FromLane>(
    (piece) => lane.process(piece),
    ({ output }) => (output === undefined ? [] : [output.buffer]),
  );
}

/**
 * Loaded only if there is a manifest: most runs have none, and every thread waits for what it
 * loads.
 */
async function openTable(memory: SharedArrayBuffer): Promise<MirroredTable> {
  const { MirroredTable } = await import('../mirrored-table.ts');
  return new MirroredTable(memory);
}
