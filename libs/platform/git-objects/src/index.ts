export { findRepository } from './find-repository.ts';
export type { GitObject } from './git-object.ts';
export { GitTree, readCommitTree, type TreeEntry } from './git-tree.ts';
export { ObjectStore } from './object-store.ts';
export { readHead } from './read-head.ts';
