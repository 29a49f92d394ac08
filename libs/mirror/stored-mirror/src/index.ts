export {
  type OnStored,
  openStoredMirror,
  type StoredMirror,
  type StoredMirrorOptions,
} from './open-stored-mirror.ts';
export type { CountedCrate, StoredStats } from './stored-stats.ts';
