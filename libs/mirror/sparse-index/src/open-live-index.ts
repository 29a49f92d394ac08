import { join } from 'node:path';
import { stateOfPath, Witness } from '@crates-mirror/crate-files';
import type { IndexSource } from '@crates-mirror/crates-index';
import type { LiveIndex } from './live-index.ts';
import { type IndexFile, readStable } from './stable-file.ts';

/** @param isFollowing whether to read files from the commit at a repository's current HEAD */
export async function liveIndex(source: IndexSource, isFollowing: boolean): Promise<LiveIndex> {
  const { directory, tree } = source.location;
  if (tree === undefined) return new CheckoutIndex(directory);
  // Loaded only when needed.
  const { RepositoryIndex } = await import('./repository-index.ts');
  return new RepositoryIndex(directory, isFollowing ? undefined : tree);
}

class CheckoutIndex implements LiveIndex {
  readonly #root: string;
  readonly #witness: Witness;

  constructor(root: string) {
    this.#root = root;
    this.#witness = new Witness(root, 'config.json');
  }

  checkThere(): Promise<void> {
    return this.#witness.check();
  }

  read(path: string): Promise<IndexFile | undefined> {
    return readStable(this.#root, path);
  }

  async keyOf(path: string): Promise<string> {
    return (await stateOfPath(join(this.#root, path))).key;
  }
}
