import { unreadable } from './git-object.ts';
import type { ObjectStore } from './object-store.ts';

/** What a name in a tree stands for. `other`: a link or a submodule. */
export interface TreeEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'other';
  /** Of the blob or tree, in hex. */
  readonly id: string;
}

/** The largest tree that crates.io's index may come to has some megabytes. bytes */
const LARGEST_TREE = 64 << 20;
const LARGEST_COMMIT = 1 << 20;
const SPACE = 0x20;

/** The files of one commit, which never change. */
export class GitTree {
  readonly #store: ObjectStore;
  readonly #root: string;
  /** The directories on the way to the last one that was asked for: most questions are about the same ones. */
  #way: { readonly name: string; readonly entries: ReadonlyMap<string, TreeEntry> }[] = [];

  /** @param root the tree's id, in hex */
  constructor(store: ObjectStore, root: string) {
    this.#store = store;
    this.#root = root;
  }

  /** What a directory has; undefined where there is no such directory. @throws CodedError where it cannot be read */
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

  /** What stands at a path; undefined where nothing does. @throws CodedError where a directory cannot be read */
  find(path: string): TreeEntry | undefined {
    const slash = path.lastIndexOf('/');
    return this.list(slash === -1 ? '' : path.slice(0, slash))?.get(path.slice(slash + 1));
  }

  /** The content of a file. @throws CodedError where it cannot be read, or is larger than so many bytes */
  read({ id }: TreeEntry, most: number): Buffer {
    return this.#store.read(id, 'blob', most);
  }

  #read(id: string): Map<string, TreeEntry> {
    const entries = new Map<string, TreeEntry>();
    const bytes = this.#store.read(id, 'tree', LARGEST_TREE);
    for (const entry of parseTree(bytes, id.length / 2)) entries.set(entry.name, entry);
    return entries;
  }
}

/** The tree of a commit, and when that was committed. @throws CodedError */
export function readCommitTree(
  store: ObjectStore,
  commit: string,
): { readonly tree: string; readonly committedAt: number } {
  const text = store.read(commit, 'commit', LARGEST_COMMIT).toString('latin1');
  const [header = ''] = text.split('\n\n');
  const [, tree] = /^tree ([0-9a-f]{40,64})$/m.exec(header) ?? [];
  if (tree === undefined) throw unreadable(`the commit ${commit} has no tree`);
  const seconds = Number(/^committer .*> (\d+) [+-]\d+$/m.exec(header)?.[1] ?? 0);
  return { tree, committedAt: seconds * 1000 };
}

/** Reads a tree: for each name its mode in octal, a space, the name, a zero byte, and the object's name. @throws CodedError */
function* parseTree(bytes: Buffer, idLength: number): Generator<TreeEntry> {
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(SPACE, at);
    const end = bytes.indexOf(0, space);
    if (space === -1 || end === -1 || end + idLength >= bytes.length) throw unreadable('a tree is damaged');
    const id = end + 1;
    yield {
      name: bytes.toString('utf8', space + 1, end),
      kind: kindOf(bytes.toString('latin1', at, space)),
      id: bytes.toString('hex', id, id + idLength),
    };
    at = id + idLength;
  }
}

function kindOf(mode: string): TreeEntry['kind'] {
  if (/^0?40000$/.test(mode)) return 'directory';
  return mode.startsWith('100') ? 'file' : 'other';
}
