import {
  compareIndexFiles,
  type IndexChange,
  isIndexFilePath,
  MAX_INDEX_FILE,
} from '@crates-mirror/crates-index';
import { diffTrees, type GitOptions, hasObject, ObjectReader } from '@crates-mirror/git';

/** Counts of the changes in the index. */
export interface ChangeCounts {
  crate_added: number;
  crate_changed: number;
  crate_removed: number;
  version_added: number;
  version_removed: number;
  version_yanked: number;
  version_unyanked: number;
  checksum_changed: number;
}

function noChanges(): ChangeCounts {
  return {
    crate_added: 0,
    crate_changed: 0,
    crate_removed: 0,
    version_added: 0,
    version_removed: 0,
    version_yanked: 0,
    version_unyanked: 0,
    checksum_changed: 0,
  };
}

export interface IndexChanges {
  readonly counts: ChangeCounts;
  /** Index files that are new or changed, in path order. */
  readonly touched: readonly string[];
}

/** Whether the repository still has a tree to compare with. */
export function hasTree(tree: string, git: GitOptions): Promise<boolean> {
  return hasObject(`${tree}^{tree}`, git);
}

/**
 * Compares two trees of the index. It needs no history, which upstream replaces now and then.
 * Memory holds the paths of the changed files, and one index file at a time.
 *
 * @param onChange called with each change
 * @throws GitError when the repository cannot be read
 */
export async function compareTrees(
  before: string,
  after: string,
  git: GitOptions,
  onChange: (change: IndexChange) => void,
): Promise<IndexChanges> {
  const counts = noChanges();
  const touched: string[] = [];
  if (before === after) return { counts, touched };
  const objects = new ObjectReader(git);
  try {
    for await (const file of diffTrees(before, after, git)) {
      if (!isIndexFilePath(file.path)) continue;
      if (file.after !== undefined) touched.push(file.path);
      const old = file.before === undefined ? undefined : await objects.read(file.before, MAX_INDEX_FILE);
      const now = file.after === undefined ? undefined : await objects.read(file.after, MAX_INDEX_FILE);
      for (const change of compareIndexFiles(file.path, old, now)) {
        counts[change.change] += 1;
        onChange(change);
      }
    }
  } finally {
    await objects.close();
  }
  return { counts, touched };
}
