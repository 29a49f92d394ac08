import { HashTable } from '@crates-mirror/hashing/hash-table';

const HEX_PER_WORD = 8;
/** A size is kept with 1 added, since 0 is one that is not known yet. */
const LARGEST = 2 ** 32 - 2;

/**
 * Sizes of crate files by the first 64 bits of their SHA-256: 12 bytes a row, some 50 MB for two million. It takes only sizes of
 * checksums that it was told to expect, so that its memory is bounded by the index, whatever a manifest holds.
 */
export class SizeTable {
  readonly #table: HashTable;
  #learned = 0;

  /** @param memory another thread's, to look sizes up in */
  constructor(memory?: SharedArrayBuffer) {
    this.#table = new HashTable({ valueWords: 1, memory });
  }

  get memory(): SharedArrayBuffer {
    return this.#table.memory;
  }

  /** Checksums whose size is known. */
  get learned(): number {
    return this.#learned;
  }

  get isEmpty(): boolean {
    return this.#table.count === 0;
  }

  /** @param words two for each checksum, as {@link checksumWords} makes them */
  expect(words: Uint32Array): void {
    for (let i = 0; i < words.length; i += 2) this.#table.add(words[i] as number, words[i + 1] as number);
  }

  /** @param size bytes */
  learn(a: number, b: number, size: number): void {
    const at = this.#table.find(a, b);
    if (at === -1 || this.#table.words[at] !== 0 || size > LARGEST) return;
    this.#table.words[at] = size + 1;
    this.#learned += 1;
  }

  /** @returns bytes; undefined where the size is not known */
  sizeOf(sha256: string): number | undefined {
    const at = this.#table.find(...checksumWords(sha256));
    const kept = at === -1 ? 0 : (this.#table.words[at] as number);
    return kept === 0 ? undefined : kept - 1;
  }
}

/** @param sha256 hex */
export function checksumWords(sha256: string): [number, number] {
  return [wordOf(sha256, 0), wordOf(sha256, 1)];
}

function wordOf(sha256: string, i: number): number {
  return Number.parseInt(sha256.slice(i * HEX_PER_WORD, (i + 1) * HEX_PER_WORD), 16) >>> 0;
}
