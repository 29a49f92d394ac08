export { PiecePool, type PiecePoolOptions } from './piece-pool.ts';
