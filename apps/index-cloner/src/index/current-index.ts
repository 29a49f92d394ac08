import type { Commit, GitOptions } from '@crates-mirror/git';
import type { Logger } from '@crates-mirror/logging';
import { realPath } from './index-directory.ts';
import type { Retrying } from './retrying.ts';

/** In ms. A git process that has written nothing for this long is aborted. */
export const IDLE_MS = 5 * 60_000;

/** The index as a run found or updated it. */
export interface CurrentIndex {
  /** Undefined if it is not a readable git repository. */
  readonly commit: Commit | undefined;
  /** Its commit before this run; undefined for a new clone. */
  readonly before: Commit | undefined;
  /**
   * Index files whose content in the working tree differed from `before`, so that it is unknown
   * what was mirrored according to them.
   */
  readonly repaired: ReadonlySet<string>;
  /** Whether its files are checked out. Otherwise they are read from the repository. */
  readonly hasFiles: boolean;
  /** In a dry run, missing files that a run would restore. */
  readonly absent?: ReadonlySet<string>;
}

export interface UpdateDeps extends Retrying {
  readonly logger: Logger;
  readonly onProgress: (line: string) => void;
}

/** The options for running git in the clone of the index. */
export function gitOptions(indexDir: string, { signal, onProgress }: UpdateDeps): GitOptions {
  const directory = realPath(indexDir);
  return { directory, purpose: directory, signal, onProgress };
}
