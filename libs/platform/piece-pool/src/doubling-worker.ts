import { answerPieces } from './answer-pieces.ts';

/** The tests' worker. Large pieces take longer, so that results overtake each other. */
answerPieces<number, { readonly doubled: number }>((piece) => {
  if (piece < 0) throw new Error('no piece to double');
  // The slow pieces take longer than the work queued at a worker.
  const ms = (piece % 7) + (piece >= 1000 ? 60 : 0);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  return { doubled: 2 * piece };
});
