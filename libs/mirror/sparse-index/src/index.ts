export { Answer } from './answer.ts';
export { keepLines, type UsableLines, usableLines } from './filter.ts';
export type { LiveIndex } from './live-index.ts';
export { liveIndex } from './open-live-index.ts';
export { type IndexedFile, type IndexedVersion, SparseIndex, wantedBy } from './sparse-index.ts';
export { readStable } from './stable-file.ts';
