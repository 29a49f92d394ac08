import { answerPieces } from './answer-pieces.ts';

/** The tests' worker. Large pieces take longer, so that answers overtake each other. */
answerPieces<number, { readonly doubled: number }>((piece) => {
  if (piece < 0) throw new Error('no piece to double');
  // The slow ones take longer than what is to wait at a worker.
  const ms = (piece % 7) + (piece >= 1000 ? 60 : 0);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  return { doubled: 2 * piece };
});
