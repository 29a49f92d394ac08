import type { Commit, GitOptions } from '@crates-mirror/git';
import type { Logger } from '@crates-mirror/logging';
import { realPath } from './index-directory.ts';
import type { Retrying } from './retrying.ts';

/** git is given up when it has written nothing for so long. ms */
export const IDLE_MS = 5 * 60_000;

/** The index as a run finds it, or has made it. */
export interface CurrentIndex {
  /** undefined where it is no git repository that can be read */
  readonly commit: Commit | undefined;
  /** What it was before this run; undefined for a new clone. */
  readonly before: Commit | undefined;
  /** Index files whose content in the working tree was not that of `before`: who knows what was mirrored by them. */
  readonly repaired: ReadonlySet<string>;
  /** Whether its files are checked out; otherwise they are read out of the repository. */
  readonly hasFiles: boolean;
  /** In a dry run, files that are not there, and would be put back. */
  readonly absent?: ReadonlySet<string>;
}

export interface UpdateParts extends Retrying {
  readonly logger: Logger;
  readonly onProgress: (line: string) => void;
}

/** How git is run in the clone of the index. */
export function gitOptions(indexDir: string, { signal, onProgress }: UpdateParts): GitOptions {
  const directory = realPath(indexDir);
  return { directory, purpose: directory, signal, onProgress };
}
