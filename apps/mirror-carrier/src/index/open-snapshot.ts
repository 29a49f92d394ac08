import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openIndex } from '@crates-mirror/crates-index';
import { headTree } from '@crates-mirror/crates-index/head-tree';
import { DirectorySnapshot } from './directory-snapshot.ts';
import type { IndexSnapshot } from './index-snapshot.ts';
import { TreeSnapshot } from './tree-snapshot.ts';

export interface SnapshotOptions {
  readonly indexDir: string;
  /** Where the state of an index in a directory is written. */
  readonly stateFile: string;
  readonly onNote: (message: string) => void;
}

/**
 * Opens an index as it is now: of a git repository the commit that HEAD is at, whether checked out or not, of any other
 * directory its files.
 *
 * @throws UsageError where there is no index
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

/** A checkout whose `.git` is a file is read as a directory. */
function isRepository(gitDirectory: string): boolean {
  const stats = statSync(gitDirectory, { throwIfNoEntry: false });
  return stats?.isDirectory() === true && existsSync(join(gitDirectory, 'HEAD'));
}
