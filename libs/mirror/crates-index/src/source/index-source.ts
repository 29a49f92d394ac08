/** Where an index is, as plain data: it can cross to worker threads. */
export interface IndexLocation {
  /** A checkout, or of a git repository the directory with `objects/`. */
  readonly directory: string;
  /** Id of the tree to read from the repository; undefined for a checkout. */
  readonly tree?: string | undefined;
}

/** A name in a directory of an index. `other`: a link, for instance, which is never followed. */
export interface IndexName {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'other';
}

/** What tells whether an index file is still the one that was read. */
export interface IndexFileState {
  readonly key: readonly [number, number, number, number];
  /** ms since the epoch; 0 where the key alone tells every change */
  readonly changedAtMs: number;
}

/** The files of an index, read synchronously. Paths are below its root, with `/`. */
export interface IndexSource {
  readonly location: IndexLocation;
  /** In no order; '' is the root. @throws where it cannot be listed */
  list(directory: string): readonly IndexName[];
  /**
   * @param look gets the file's state from before its bytes are read
   * @returns the file's bytes, until the next call. @throws where it cannot be read, or is too large
   */
  read(path: string, look?: (state: IndexFileState) => void): Buffer;
  /** undefined for what is no file, or cannot be looked at */
  stateOf(path: string): IndexFileState | undefined;
  /** Whether nothing has this path. A link that leads nowhere is something. */
  lacks(path: string): boolean;
  /**
   * Whether the index is still the one that was opened: a directory may be unmounted, moved or swapped for another one, HEAD of a
   * repository may have moved.
   */
  isStillThere(): boolean;
  /** Why a file cannot be read, in words; undefined where it can. Nothing is read through links. */
  whyUnusable(path: string): string | undefined;
}

export const NO_SUCH_FILE = 'the index has no such file';
export const NOT_REGULAR = 'not a regular file, passed over';
