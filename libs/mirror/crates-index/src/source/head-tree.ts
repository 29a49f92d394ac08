import { ObjectStore, readCommitTree, readHead } from '@crates-mirror/git-objects';
import { GitSource } from './git-source.ts';

export { GitSource };

/** The index at the current HEAD of a repository. */
export interface HeadTree {
  readonly source: GitSource;
  /** Id of the commit. */
  readonly commit: string;
  /** ms since the epoch */
  readonly committedAtMs: number;
}

/** @throws CodedError if HEAD has no commit or cannot be read */
export function headTree(gitDirectory: string, store: ObjectStore = new ObjectStore(gitDirectory)): HeadTree {
  const commit = readHead(gitDirectory);
  const { tree, committedAt } = readCommitTree(store, commit);
  return { source: new GitSource(gitDirectory, tree, store), commit, committedAtMs: committedAt };
}
