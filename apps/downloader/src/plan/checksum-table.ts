import { HashTable } from '@crates-mirror/hashing/hash-table';
import { createSha256 } from '@crates-mirror/hashing/sha256';

/**
 * The rest of the key (2) and the digest (8): the 32-bit words of a row besides the first two of
 * its key.
 */
const VALUE_WORDS = 10;
const KEY_WORDS = 2;
const DIGEST_WORDS = 8;
const HEX_PER_WORD = 8;

/** The first 128 bits of the URL's SHA-256. */
type Key = readonly [number, number, number, number];

/**
 * Maps URLs to SHA-256 digests in one block of shared memory, so that all lanes read the same copy.
 * A row takes 48 bytes.
 */
export class ChecksumTable {
  readonly #table: HashTable;

  /**
   * @param memory the {@link memory} of a table, possibly another thread's; omitted for an empty
   *   table
   */
  constructor(memory?: SharedArrayBuffer) {
    this.#table = new HashTable({ valueWords: VALUE_WORDS, memory });
  }

  get memory(): SharedArrayBuffer {
    return this.#table.memory;
  }

  /** The SHA-256 in lower-case hex. */
  get(url: string): string | undefined {
    const row = this.#find(keyOf(url));
    if (row === -1) return undefined;
    let sha256 = '';
    for (let i = 0; i < DIGEST_WORDS; i++)
      sha256 += (this.#table.words[row + KEY_WORDS + i] as number).toString(16).padStart(HEX_PER_WORD, '0');
    return sha256;
  }

  /** @param sha256 64 hex digits; the last digest set for a URL wins */
  set(url: string, sha256: string): void {
    const key = keyOf(url);
    const found = this.#find(key);
    const row = found === -1 ? this.#table.append(key[0], key[1]) : found;
    const { words } = this.#table;
    words[row] = key[2];
    words[row + 1] = key[3];
    for (let i = 0; i < DIGEST_WORDS; i++)
      words[row + KEY_WORDS + i] = Number.parseInt(
        sha256.slice(i * HEX_PER_WORD, (i + 1) * HEX_PER_WORD),
        16,
      );
  }

  /** @returns the row whose whole key matches; -1 if there is none */
  #find([a, b, c, d]: Key): number {
    const { words } = this.#table;
    let row = this.#table.find(a, b);
    while (row !== -1 && (words[row] !== c || words[row + 1] !== d)) row = this.#table.next(row);
    return row;
  }
}

function keyOf(url: string): Key {
  const digest = createSha256().update(url).digest();
  return [digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8), digest.readUInt32LE(12)];
}
