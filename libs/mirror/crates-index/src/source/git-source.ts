import { CodedError, errorMessage } from '@crates-mirror/errors';
import { GitTree, ObjectStore, readCommitTree, readHead, type TreeEntry } from '@crates-mirror/git-objects';
import { MAX_INDEX_FILE } from '../file-reader.ts';
import {
  type IndexFileState,
  type IndexLocation,
  type IndexName,
  type IndexSource,
  NO_SUCH_FILE,
  NOT_REGULAR,
} from './index-source.ts';

/** Bytes of a blob's id that one number represents exactly. */
const BYTES = 6;

/** An index in one tree of a git repository, read without a checkout. */
export class GitSource implements IndexSource {
  readonly location: IndexLocation;
  readonly #store: ObjectStore;
  readonly #tree: GitTree;

  constructor(directory: string, tree: string, store: ObjectStore = new ObjectStore(directory)) {
    this.location = { directory, tree };
    this.#store = store;
    this.#tree = new GitTree(store, tree);
  }

  list(directory: string): readonly IndexName[] {
    return [...(this.#tree.list(directory)?.values() ?? [])];
  }

  read(path: string, look?: (state: IndexFileState) => void): Buffer {
    const entry = this.#tree.find(path);
    if (entry?.kind !== 'file') throw new CodedError('not_found', NO_SUCH_FILE);
    look?.(stateOf(entry));
    return this.#tree.read(entry, MAX_INDEX_FILE);
  }

  stateOf(path: string): IndexFileState | undefined {
    try {
      return this.find(path);
    } catch {
      return undefined;
    }
  }

  /**
   * The state of a file; undefined if there is none.
   * @throws CodedError if this cannot be determined now
   */
  find(path: string): IndexFileState | undefined {
    const entry = this.#tree.find(path);
    return entry?.kind === 'file' ? stateOf(entry) : undefined;
  }

  lacks(path: string): boolean {
    try {
      return this.#tree.find(path) === undefined;
    } catch {
      return false;
    }
  }

  isStillThere(): boolean {
    const { directory, tree } = this.location;
    try {
      return readCommitTree(this.#store, readHead(directory)).tree === tree;
    } catch {
      return false;
    }
  }

  whyUnusable(path: string): string | undefined {
    try {
      const entry = this.#tree.find(path);
      if (entry === undefined) return NO_SUCH_FILE;
      return entry.kind === 'file' ? undefined : NOT_REGULAR;
    } catch (error) {
      return `cannot be read: ${errorMessage(error)}`;
    }
  }
}

/** A blob's id identifies its content. Negative numbers cannot be the size or inode of a file. */
function stateOf({ id }: TreeEntry): IndexFileState {
  return { key: [number(id, 0), number(id, 1), number(id, 2), number(id, 3)], changedAtMs: 0 };
}

function number(id: string, part: number): number {
  let number = 0;
  for (let i = part * BYTES; i < Math.min((part + 1) * BYTES, id.length); i++)
    number = number * 256 + id.charCodeAt(i);
  return -1 - number;
}
