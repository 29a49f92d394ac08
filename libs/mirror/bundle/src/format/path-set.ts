import { HashTable } from '@crates-mirror/hashing/hash-table';
import { hash64 } from '@crates-mirror/hashing/hash64';

/**
 * A set of paths that stores a 63-bit hash of each, so that millions of names take tens of
 * megabytes. Among two million different paths, the probability of a collision is one in a few
 * million.
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
