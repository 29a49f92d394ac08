import type { AlgorithmName } from '../algorithms.ts';

/** One digest that a worker computes: of the whole stream, or of every part. */
export type Task =
  | { readonly of: 'stream'; readonly algorithm: AlgorithmName }
  /** `kind` is the index of its digests in a block. */
  | { readonly of: 'parts'; readonly algorithm: AlgorithmName; readonly kind: number };

/** The data a worker is started with. */
export interface WorkerStart {
  readonly tasks: readonly Task[];
  /** Memory of all blocks. */
  readonly blocks: readonly SharedArrayBuffer[];
  /** Number of digests of each part. */
  readonly kinds: number;
}

/** A block to process, in the order of the stream; or the end of the stream. */
export type ToWorker = { readonly block: number; readonly length: number; readonly parts: number } | 'end';

export type FromWorker =
  | { readonly block: number }
  /** After the end: the digests of the stream, lower-case hex. */
  | { readonly digests: readonly (readonly [AlgorithmName, string])[] };
