import { join } from 'node:path';
import { stateOfPath, Witness } from '@crates-mirror/crate-files';
import type { IndexSource } from '@crates-mirror/crates-index';
import { type IndexFile, readSettled } from './settled-file.ts';

/** An index whose files change while they are served. Paths are below its root. */
export interface LiveIndex {
  /** @throws CodedError where the index has gone, or cannot be looked at now */
  checkThere(): Promise<void>;
  /** undefined where there is no such file. @throws CodedError where it cannot be read now */
  read(path: string): Promise<IndexFile | undefined>;
  /** The same key, the same file. */
  keyOf(path: string): Promise<string>;
}

/** @param isFollowing whether files are to be those of the commit that a repository is at when they are asked for */
export async function liveIndex(source: IndexSource, isFollowing: boolean): Promise<LiveIndex> {
  const { directory, tree } = source.location;
  if (tree === undefined) return new CheckoutIndex(directory);
  // Loaded only where it is needed.
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
    return readSettled(this.#root, path);
  }

  async keyOf(path: string): Promise<string> {
    return (await stateOfPath(join(this.#root, path))).key;
  }
}
