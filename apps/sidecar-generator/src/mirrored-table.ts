import { HashTable } from '@crates-mirror/hashing/hash-table';
import { hash64 } from '@crates-mirror/hashing/hash64';
import { STORAGES, type Storage } from '@crates-mirror/manifest/record';

/** The manifest's record of one crate file. */
export interface Mirrored {
  readonly storage: Storage;
  /** `bundle-0007` */
  readonly bundle: string | undefined;
  /** bytes */
  readonly size: number;
  /** ISO 8601, UTC: when the file was downloaded, or otherwise first found in place. */
  readonly mirroredAt: string;
}

/**
 * 32-bit words of a row besides the hash of its path: time (2), size (2), the bundle's number, and
 * the storage as a 1-based index into STORAGES.
 */
const VALUE_WORDS = 6;
const WORD = 2 ** 32;
const SIZE = 2;
const BUNDLE = 4;
const STORAGE = 5;
/** Marks a path whose last record says that the mirror does not hold the file. */
const NOT_HELD = 0xffff;

/**
 * Maps paths to what was mirrored, in one block of shared memory, so that all lanes share one copy.
 * Each slot takes 32 bytes and identifies the path by a 64-bit hash. With two million paths, the
 * probability of a collision is one in ten million. Then a sidecar would get the size and time of
 * another file.
 */
export class MirroredTable {
  readonly #table: HashTable;

  /**
   * @param memory the {@link memory} of a table, perhaps in another thread; omitted for an empty
   * table
   */
  constructor(memory?: SharedArrayBuffer) {
    this.#table = new HashTable({ valueWords: VALUE_WORDS, memory });
  }

  get memory(): SharedArrayBuffer {
    return this.#table.memory;
  }

  /**
   * Whether there is a record of the path, even one that says that the mirror does not hold the
   * file.
   */
  has(path: string): boolean {
    return this.#table.find(...hash64(path)) !== -1;
  }

  get(path: string): Mirrored | undefined {
    const row = this.#table.find(...hash64(path));
    const { words } = this.#table;
    const storage = row === -1 ? NOT_HELD : (words[row + STORAGE] as number);
    if (storage === NOT_HELD) return undefined;
    const bundle = words[row + BUNDLE] as number;
    return {
      storage: STORAGES[storage - 1] as Storage,
      bundle: bundle === 0 ? undefined : `bundle-${String(bundle).padStart(4, '0')}`,
      size: readNumber(words, row + SIZE),
      mirroredAt: new Date(readNumber(words, row)).toISOString(),
    };
  }

  /**
   * Adds a record. The last record for a path determines whether and where the file is held.
   *
   * @param held undefined if the mirror does not hold the file
   * @param isNew whether the file was downloaded then, so that the record's time applies
   * @throws TypeError for an unknown storage
   */
  set(
    path: string,
    held: { storage: Storage; bundle: number; size: number; timeMs: number } | undefined,
    isNew: boolean,
  ): void {
    const storage = held === undefined ? NOT_HELD : storageCode(held.storage);
    const row = this.#table.add(...hash64(path));
    const { words } = this.#table;
    const before = words[row + STORAGE] as number;
    words[row + STORAGE] = storage;
    if (held === undefined) return;
    if (isNew || before === 0 || before === NOT_HELD) writeNumber(words, row, held.timeMs);
    writeNumber(words, row + SIZE, held.size);
    words[row + BUNDLE] = held.bundle;
  }
}

/** Never 0, which marks a new row. */
function storageCode(storage: Storage): number {
  const place = STORAGES.indexOf(storage);
  if (place === -1) throw new TypeError(`no such storage: ${storage}`);
  return place + 1;
}

/** Reads a 64-bit number from two words. Sizes and times need less than 53 bits. */
function readNumber(words: Uint32Array, at: number): number {
  return (words[at] as number) + (words[at + 1] as number) * WORD;
}

function writeNumber(words: Uint32Array, at: number, value: number): void {
  words[at] = value % WORD;
  words[at + 1] = Math.floor(value / WORD);
}
