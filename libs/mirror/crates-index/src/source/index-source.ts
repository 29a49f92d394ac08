/** The location of an index, as plain data that can be sent to worker threads. */
export interface IndexLocation {
  /** A checkout, or the directory of a git repository that contains `objects/`. */
  readonly directory: string;
  /** Id of the tree to read from the repository; undefined for a checkout. */
  readonly tree?: string | undefined;
}

/** A name in a directory of an index. `other` includes links, which are never followed. */
export interface IndexName {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'other';
}

/** Identifies the state of an index file, to detect whether it has changed. */
export interface IndexFileState {
  readonly key: readonly [number, number, number, number];
  /** ms since the epoch; 0 if the key alone reflects every change */
  readonly changedAtMs: number;
}

/** The files of an index, read synchronously. Paths are below its root, with `/`. */
export interface IndexSource {
  readonly location: IndexLocation;
  /** Names in any order; '' is the root. @throws if the directory cannot be listed */
  list(directory: string): readonly IndexName[];
  /**
   * @param look called with the file's state before its bytes are read
   * @returns the file's bytes, valid until the next call.
   * @throws if it cannot be read or is too large
   */
  read(path: string, look?: (state: IndexFileState) => void): Buffer;
  /** undefined if the path is not a file or cannot be checked */
  stateOf(path: string): IndexFileState | undefined;
  /** Whether nothing exists at this path. A dangling link counts as existing. */
  lacks(path: string): boolean;
  /**
   * Whether the index is still the one that was opened. A directory may have been unmounted, moved
   * or replaced; HEAD of a repository may have moved.
   */
  isStillThere(): boolean;
  /** Why a file cannot be read, in words; undefined if it can. Links are never followed. */
  whyUnusable(path: string): string | undefined;
}

export const NO_SUCH_FILE = 'the index has no such file';
export const NOT_REGULAR = 'not a regular file, passed over';
