export {
  type OnStored,
  openStoredMirror,
  type StoredMirror,
  type StoredMirrorOptions,
} from './open-stored-mirror.ts';
export type { CountedCrate, StoredCensus } from './stored-census.ts';
