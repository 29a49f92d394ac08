export type { BucketPlace } from './bucket-place.ts';
export { cacheDirectory } from './cache-directory.ts';
export {
  BUNDLES,
  CRATES,
  headersOf,
  INDEX,
  keysOfCrate,
  MANIFESTS,
  MIRROR_MARKER,
  pathVariants,
  SITE_MARKER,
  STATE,
} from './keys.ts';
export { type KnownObject, KnownObjects } from './known-objects.ts';
export { type LearnDeps, type Learnt, learnObjects } from './learn-objects.ts';
export { listInParallel } from './list-in-parallel.ts';
export { ObjectTable } from './object-table.ts';
export { isKeyInShard } from './shard-of-keys.ts';
export { WriterLease } from './writer-lease.ts';
