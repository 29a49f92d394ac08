import { idOf, type ObjectId, unreadable } from './git-object.ts';
import type { ObjectStore } from './object-store.ts';

/** An entry of a tree. `other`: a link or a submodule. */
export interface TreeEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'other';
  /** Id of the blob or tree. */
  readonly id: ObjectId;
}

/** bytes. The largest trees of crates.io's index have some megabytes. */
const MAX_TREE = 64 << 20;
const MAX_COMMIT = 1 << 20;
const NOT_ASCII = /[\u0080-\u00ff]/;

/** The files of one commit, which are immutable. */
export class GitTree {
  readonly #store: ObjectStore;
  readonly #root: ObjectId;
  /** The directories on the path to the last lookup: consecutive lookups mostly share them. */
  #way: { readonly name: string; readonly entries: ReadonlyMap<string, TreeEntry> }[] = [];

  /** @param root the tree's id, in hex */
  constructor(store: ObjectStore, root: string) {
    this.#store = store;
    this.#root = idOf(root);
  }

  /**
   * The entries of a directory; undefined if it does not exist.
   *
   * @throws CodedError if it cannot be read
   */
  list(directory: string): ReadonlyMap<string, TreeEntry> | undefined {
    const names = directory === '' ? [] : directory.split('/');
    let depth = 0;
    while (depth < names.length && this.#way[depth + 1]?.name === names[depth]) depth += 1;
    this.#way.length = Math.min(this.#way.length, depth + 1);
    if (this.#way.length === 0) this.#way.push({ name: '', entries: this.#read(this.#root) });
    for (; depth < names.length; depth++) {
      const name = names[depth] as string;
      const entry = this.#way[depth]?.entries.get(name);
      if (entry?.kind !== 'directory') return undefined;
      this.#way.push({ name, entries: this.#read(entry.id) });
    }
    return this.#way.at(-1)?.entries;
  }

  /**
   * The entry at a path; undefined if there is none.
   *
   * @throws CodedError if a directory cannot be read
   */
  find(path: string): TreeEntry | undefined {
    const slash = path.lastIndexOf('/');
    return this.list(slash === -1 ? '' : path.slice(0, slash))?.get(path.slice(slash + 1));
  }

  /**
   * The content of a file, valid until the next call.
   *
   * @throws CodedError if it cannot be read, or is larger than `most` bytes
   */
  read({ id }: TreeEntry, most: number): Buffer {
    return this.#store.read(id, 'blob', most);
  }

  #read(id: ObjectId): Map<string, TreeEntry> {
    const entries = new Map<string, TreeEntry>();
    const bytes = this.#store.read(id, 'tree', MAX_TREE);
    for (const entry of parseTree(bytes, id.length)) entries.set(entry.name, entry);
    return entries;
  }
}

/** The tree of a commit, and its commit time. @throws CodedError */
export function readCommitTree(
  store: ObjectStore,
  commit: string,
): { readonly tree: string; readonly committedAt: number } {
  const text = store.read(idOf(commit), 'commit', MAX_COMMIT).toString('latin1');
  const [header = ''] = text.split('\n\n');
  const [, tree] = /^tree ([0-9a-f]{40,64})$/m.exec(header) ?? [];
  if (tree === undefined) throw unreadable(`the commit ${commit} has no tree`);
  const seconds = Number(/^committer .*> (\d+) [+-]\d+$/m.exec(header)?.[1] ?? 0);
  return { tree, committedAt: seconds * 1000 };
}

/**
 * Parses a tree: for each entry its mode in octal, a space, the name, a zero byte, and the object
 * id.
 *
 * @throws CodedError
 */
function* parseTree(bytes: Buffer, idLength: number): Generator<TreeEntry> {
  const text = bytes.toString('latin1');
  for (let at = 0; at < text.length; ) {
    const space = text.indexOf(' ', at);
    const end = text.indexOf('\0', space);
    const next = end + 1 + idLength;
    if (space === -1 || end === -1 || next > text.length) throw unreadable('a tree is damaged');
    const name = text.slice(space + 1, end);
    yield {
      name: NOT_ASCII.test(name) ? Buffer.from(name, 'latin1').toString() : name,
      kind: kindOf(text.slice(at, space)),
      id: text.slice(end + 1, next),
    };
    at = next;
  }
}

function kindOf(mode: string): TreeEntry['kind'] {
  if (mode === '40000') return 'directory';
  return mode.startsWith('100') ? 'file' : 'other';
}
