import { HashTable } from '@crates-mirror/hashing/hash-table';
import { hash64 } from '@crates-mirror/hashing/hash64';

/** The 32-bit words of a row beside the hash of its path: size, mtime, SHA-256 (3). */
const VALUE_WORDS = 5;
const TIME = 1;
const DIGEST = 2;
const HEX_PER_WORD = 8;

/**
 * How a file with a given size and mtime compares to the ledger: it was verified in this state with
 * the wanted SHA-256 or with another one; the wanted bytes were verified there but have another
 * size; or it is unknown.
 */
export type Verified = 'is-it' | 'is-another' | 'resized' | 'unknown';

/**
 * A read-only copy of one shard of a {@link VerifiedLedger}. It takes 28 bytes a slot instead of a
 * string for each path, so that a server can keep all shards in memory. Paths are compared by 64
 * bits of a hash, mtimes by 32, checksums by their first 96 bits. Sizes are compared exactly, up to
 * 4 GiB.
 */
export class VerifiedTable {
  readonly #table = new HashTable({ valueWords: VALUE_WORDS });

  /** bytes of memory */
  get byteLength(): number {
    return this.#table.memory.byteLength;
  }

  /**
   * Adds the whole lines of a ledger's file. A later line for a path wins.
   * @returns bytes up to the end of the last whole line
   */
  read(text: Buffer): number {
    const lines = text.toString('latin1');
    let start = 0;
    for (let end = lines.indexOf('\n'); end !== -1; end = lines.indexOf('\n', start)) {
      const path = lines.indexOf('\t', start);
      const digest = lines.lastIndexOf('\t', end);
      if (path !== -1 && path < digest)
        this.#put(lines.slice(start, path), lines.slice(path + 1, digest), lines.slice(digest + 1, end));
      start = end + 1;
    }
    return start;
  }

  /** Checks the file at `path`, which has this size and mtime now. */
  check(path: string, size: number, mtimeMs: number, sha256: string): Verified {
    const row = this.#table.find(...hash64(path));
    if (row === -1) return 'unknown';
    const { words } = this.#table;
    const isWanted = this.#hasDigest(row, sha256);
    const isSameSize = words[row] === wordOfSize(size);
    if (isSameSize && words[row + TIME] === wordOfTime(`${mtimeMs}`))
      return isWanted ? 'is-it' : 'is-another';
    return isWanted && !isSameSize ? 'resized' : 'unknown';
  }

  /**
   * Whether the file at `path` had this SHA-256 when it was last verified, regardless of its
   * present state.
   */
  hasVerified(path: string, sha256: string): boolean {
    const row = this.#table.find(...hash64(path));
    return row !== -1 && this.#hasDigest(row, sha256);
  }

  #hasDigest(row: number, sha256: string): boolean {
    const { words } = this.#table;
    for (let i = 0; i < 3; i++) if (words[row + DIGEST + i] !== wordOfDigest(sha256, i)) return false;
    return true;
  }

  #put(path: string, state: string, sha256: string): void {
    const row = this.#table.add(...hash64(path));
    const { words } = this.#table;
    const tab = state.indexOf('\t');
    words[row] = wordOfSize(Number(state.slice(0, tab)));
    words[row + TIME] = wordOfTime(state.slice(tab + 1));
    for (let i = 0; i < 3; i++) words[row + DIGEST + i] = wordOfDigest(sha256, i);
  }
}

function wordOfSize(size: number): number {
  return size >>> 0;
}

/** @param mtimeMs in the ledger's notation */
function wordOfTime(mtimeMs: string): number {
  return hash64(mtimeMs)[0];
}

function wordOfDigest(sha256: string, i: number): number {
  return Number.parseInt(sha256.slice(i * HEX_PER_WORD, (i + 1) * HEX_PER_WORD), 16) >>> 0;
}
