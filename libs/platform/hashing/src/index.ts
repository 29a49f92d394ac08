export {
  ALGORITHM_NAMES,
  ALGORITHMS,
  type Algorithm,
  type AlgorithmName,
  createDigest,
  isAlgorithmName,
  type Strength,
} from './algorithms.ts';
export type { Digest } from './digest.ts';
export { hash64 } from './hash64.ts';
export type { Block } from './pool/block.ts';
export { DigestPool, type DigestPoolOptions } from './pool/digest-pool.ts';
export { createSha256, type FileDigest, isSha256Hex, sha256File, sha256Hex } from './sha256.ts';
