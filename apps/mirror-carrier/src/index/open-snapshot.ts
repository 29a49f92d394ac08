import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openIndex } from '@crates-mirror/crates-index';
import { headTree } from '@crates-mirror/crates-index/head-tree';
import { DirectorySnapshot } from './directory-snapshot.ts';
import type { IndexSnapshot } from './index-snapshot.ts';
import { TreeSnapshot } from './tree-snapshot.ts';

export interface SnapshotOptions {
  readonly indexDir: string;
  /** File for the state of an index in a directory. */
  readonly stateFile: string;
  readonly onNote: (message: string) => void;
}

/**
 * Opens the current state of an index: for a git repository the commit at HEAD, whether checked out
 * or not, and for any other directory its files.
 *
 * @throws UsageError if there is no index
 */
export async function openSnapshot({ indexDir, stateFile, onNote }: SnapshotOptions): Promise<IndexSnapshot> {
  const source = await openIndex(indexDir);
  const { directory, tree } = source.location;
  const gitDirectory = tree === undefined ? join(resolve(indexDir), '.git') : directory;
  if (tree === undefined && !isRepository(gitDirectory))
    return new DirectorySnapshot(source, stateFile, onNote);
  const { source: head, commit } = headTree(gitDirectory);
  return new TreeSnapshot(gitDirectory, { source: head, commit }, onNote);
}

/** A checkout whose `.git` is a file is treated as a directory. */
function isRepository(gitDirectory: string): boolean {
  const stats = statSync(gitDirectory, { throwIfNoEntry: false });
  return stats?.isDirectory() === true && existsSync(join(gitDirectory, 'HEAD'));
}
