import { HashTable } from '@crates-mirror/hashing/hash-table';
import { hash64 } from '@crates-mirror/hashing/hash64';
import type { ListedObject } from '@crates-mirror/s3';

const GONE = 0xffffffff;
const WORD = 2 ** 32;

/**
 * The objects of a bucket in 24 bytes each: a hash of the ETag and the size, keyed by a hash of the
 * key.
 */
export class ObjectTable {
  /** Values: two words of the ETag's hash, then the lower and the upper word of the size. */
  readonly #table: HashTable;

  /** @param memory another thread's {@link memory}: the table is then read-only */
  constructor(memory?: SharedArrayBuffer) {
    this.#table = new HashTable({ valueWords: 4, memory });
  }

  get memory(): SharedArrayBuffer {
    return this.#table.memory;
  }

  /** Objects set by this thread. */
  get count(): number {
    return this.#table.count;
  }

  set({ key, size, etag }: ListedObject): void {
    const at = this.#table.add(...hash64(key));
    const [a, b] = hash64(etag);
    this.#table.words.set([a, b, size % WORD, Math.floor(size / WORD)], at);
  }

  delete(key: string): void {
    const at = this.#table.find(...hash64(key));
    if (at !== -1) this.#table.words[at + 3] = GONE;
  }

  /** @returns bytes; undefined if there is no such object */
  sizeOf(key: string): number | undefined {
    const at = this.#table.find(...hash64(key));
    const { words } = this.#table;
    if (at === -1 || words[at + 3] === GONE) return undefined;
    return (words[at + 3] as number) * WORD + (words[at + 2] as number);
  }

  /** Whether an object has this size and ETag. */
  isSame({ key, size, etag }: ListedObject): boolean {
    if (this.sizeOf(key) !== size) return false;
    const at = this.#table.find(...hash64(key));
    const [a, b] = hash64(etag);
    return this.#table.words[at] === a && this.#table.words[at + 1] === b;
  }
}
