import { HashTable } from '@crates-mirror/hashing/hash-table';
import { hash64 } from '@crates-mirror/hashing/hash64';

/**
 * A set of paths that keeps a 63-bit hash of each, so that millions of names cost tens of megabytes. Of two million
 * different paths, two are taken for the same with a probability of one in some million.
 */
export class PathSet {
  readonly #table = new HashTable({ valueWords: 0 });

  /** @returns whether the path was new */
  add(path: string): boolean {
    const before = this.#table.count;
    this.#table.add(...hash64(path));
    return this.#table.count > before;
  }

  has(path: string): boolean {
    return this.#table.find(...hash64(path)) !== -1;
  }
}
