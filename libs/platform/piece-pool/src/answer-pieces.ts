import { parentPort } from 'node:worker_threads';
import type { FromWorker, ToWorker } from './protocol.ts';

/**
 * Makes this thread a worker of a {@link PiecePool}.
 *
 * @param complete processes one piece, synchronously
 * @param memoryOf the memory of a result, which is transferred instead of copied
 */
export function answerPieces<Piece, Result>(
  complete: (piece: Piece) => Result,
  memoryOf: (result: Result) => ArrayBuffer[] = () => [],
): void {
  const port = parentPort;
  if (port === null) throw new Error('pieces are for worker threads');
  port.on('message', ({ number, piece }: ToWorker) => {
    const startedAt = performance.now();
    const result = complete(piece as Piece);
    const answer: FromWorker = { number, result, ms: performance.now() - startedAt };
    port.postMessage(answer, memoryOf(result));
  });
}
