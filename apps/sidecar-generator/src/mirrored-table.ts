import { HashTable } from '@crates-mirror/hashing/hash-table';
import { hash64 } from '@crates-mirror/hashing/hash64';
import { STORAGES, type Storage } from '@crates-mirror/manifest/record';

/** What the downloader's manifest tells of one crate file. */
export interface Mirrored {
  readonly storage: Storage;
  /** `bundle-0007` */
  readonly bundle: string | undefined;
  /** bytes */
  readonly size: number;
  /** ISO 8601, UTC: when it was downloaded, or else first found in place. */
  readonly mirroredAt: string;
}

/** time (2), size (2), bundle's number, storage by its place in STORAGES from 1 on: 32-bit words of a row beside its path's hash. */
const VALUE_WORDS = 6;
const WORD = 2 ** 32;
const SIZE = 2;
const BUNDLE = 4;
const STORAGE = 5;
/** The last record says that the mirror does not hold the file. */
const NOT_HELD = 0xffff;

/**
 * Path → what was mirrored, in one block of shared memory, so that every lane reads the same copy: 32 bytes a slot, of
 * the path 64 bits of hash. Of two million paths, two are taken for one with a probability of one in ten million; then a
 * sidecar has another file's size and time.
 */
export class MirroredTable {
  readonly #table: HashTable;

  /** @param memory a table's {@link memory}, perhaps another thread's; none for an empty table */
  constructor(memory?: SharedArrayBuffer) {
    this.#table = new HashTable({ valueWords: VALUE_WORDS, memory });
  }

  get memory(): SharedArrayBuffer {
    return this.#table.memory;
  }

  /** Whether there is a record of it, even one that says that the mirror does not hold the file. */
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
   * Takes in a record. The last one for a path tells whether and where the file is held.
   *
   * @param held undefined when the mirror does not hold the file
   * @param isNew whether the file was downloaded then, which makes the record's time the one that counts
   * @throws TypeError for a storage that there is not
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

/** Never 0, as the storage of a new row is. */
function storageCode(storage: Storage): number {
  const place = STORAGES.indexOf(storage);
  if (place === -1) throw new TypeError(`no such storage: ${storage}`);
  return place + 1;
}

/** Two words are a number of 64 bits, of which sizes and times need less than 53. */
function readNumber(words: Uint32Array, at: number): number {
  return (words[at] as number) + (words[at + 1] as number) * WORD;
}

function writeNumber(words: Uint32Array, at: number, value: number): void {
  words[at] = value % WORD;
  words[at + 1] = Math.floor(value / WORD);
}
