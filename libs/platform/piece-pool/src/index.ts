export { answerPieces } from './answer-pieces.ts';
export { PiecePool, type PiecePoolOptions } from './piece-pool.ts';
