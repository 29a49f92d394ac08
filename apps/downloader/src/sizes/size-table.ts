import { HashTable } from '@crates-mirror/hashing/hash-table';

const HEX_PER_WORD = 8;
/** Sizes are stored plus 1, because 0 marks an unknown size. */
const LARGEST = 2 ** 32 - 2;

/**
 * Maps the first 64 bits of a crate file's SHA-256 to its size: 12 bytes a row, some 50 MB for two
 * million. It only accepts sizes for checksums registered with expect(), so the index bounds its
 * memory, whatever a manifest contains.
 */
export class SizeTable {
  readonly #table: HashTable;
  #learned = 0;

  /** @param memory another thread's memory, for lookups */
  constructor(memory?: SharedArrayBuffer) {
    this.#table = new HashTable({ valueWords: 1, memory });
  }

  get memory(): SharedArrayBuffer {
    return this.#table.memory;
  }

  /** The number of checksums whose size is known. */
  get learned(): number {
    return this.#learned;
  }

  get isEmpty(): boolean {
    return this.#table.count === 0;
  }

  /** @param words two for each checksum, as made by {@link checksumWords} */
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

  /** @returns bytes; undefined if the size is unknown */
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
