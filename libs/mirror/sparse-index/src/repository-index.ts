import { GitSource, type HeadTree, headTree } from '@crates-mirror/crates-index/head-tree';
import { ObjectStore, readHead } from '@crates-mirror/git-objects';
import type { LiveIndex } from './live-index.ts';
import type { IndexFile } from './stable-file.ts';

/** How long HEAD is assumed to be unchanged. */
const FRESH_MS = 200;

/** An index in a git repository. Each read uses a single commit, so commits are never mixed. */
export class RepositoryIndex implements LiveIndex {
  readonly #gitDirectory: string;
  readonly #isPinned: boolean;
  #store: ObjectStore;
  #head: HeadTree | undefined;
  #lookedAt = 0;

  /** @param tree id of the tree to read; without it, the tree of the current HEAD is read */
  constructor(gitDirectory: string, tree: string | undefined) {
    this.#gitDirectory = gitDirectory;
    this.#isPinned = tree !== undefined;
    this.#store = new ObjectStore(gitDirectory);
    if (tree !== undefined)
      this.#head = { source: new GitSource(gitDirectory, tree, this.#store), commit: '', committedAtMs: 0 };
  }

  async checkThere(): Promise<void> {
    this.#lookedAt = 0;
    this.#look();
  }

  async read(path: string): Promise<IndexFile | undefined> {
    const head = this.#look();
    const key = keyIn(head, path);
    if (key === 'none') return undefined;
    // The file is not newer than its commit.
    return {
      content: Buffer.from(head.source.read(path)),
      key,
      changedAt: Math.min(head.committedAtMs, Date.now()),
    };
  }

  async keyOf(path: string): Promise<string> {
    return keyIn(this.#look(), path);
  }

  /** @throws CodedError if the repository is gone or cannot be read now */
  #look(): HeadTree {
    const now = performance.now();
    const known = this.#head;
    const isFresh = known !== undefined && (this.#isPinned || now - this.#lookedAt < FRESH_MS);
    if (isFresh) return known;
    const isSame = known !== undefined && readHead(this.#gitDirectory) === known.commit;
    const head = isSame ? known : this.#open();
    this.#head = head;
    this.#lookedAt = now;
    return head;
  }

  /** Opens the current commit and closes what was opened for the previous one. */
  #open(): HeadTree {
    const store = new ObjectStore(this.#gitDirectory);
    try {
      const head = headTree(this.#gitDirectory, store);
      this.#store.close();
      this.#store = store;
      return head;
    } catch (error) {
      // The next request tries again. Without closing, each attempt would leave packs open.
      store.close();
      throw error;
    }
  }
}

function keyIn({ source }: HeadTree, path: string): string {
  return source.find(path)?.key.join(':') ?? 'none';
}
