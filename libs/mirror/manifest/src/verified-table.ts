import { hash64 } from '@crates-mirror/hashing/hash64';

/** path (2), size, mtime, SHA-256 (3): 32-bit words of a slot. */
const WORDS = 7;
const LEAST_SLOTS = 256;
const FULLEST = 0.7;
const HEX_PER_WORD = 8;

/**
 * What a ledger knows of a file that is there with a given size and mtime: it was verified so, with the wanted SHA-256 or with
 * another one; or the wanted bytes were verified there, and they have another size; or nothing.
 */
export type Verified = 'is-it' | 'is-another' | 'resized' | 'unknown';

/**
 * One shard of a {@link VerifiedLedger} for who only reads it: 28 bytes a slot instead of a string for each path, so that
 * a server can keep all shards in memory. Paths are told apart by 64 bits of hash, mtimes by 32, checksums by 96 of their own.
 * Sizes are compared as they are, up to 4 GiB.
 */
export class VerifiedTable {
  #slots = new Uint32Array(LEAST_SLOTS * WORDS);
  #count = 0;

  /** bytes of memory */
  get byteLength(): number {
    return this.#slots.byteLength;
  }

  /** Takes in whole lines of a ledger's file; a later line for a path counts. @returns bytes up to the last whole line */
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

  /** What is known of the file at `path` that has this size and mtime now. */
  check(path: string, size: number, mtimeMs: number, sha256: string): Verified {
    const slot = this.#find(...hash64(path));
    if (this.#isEmpty(slot)) return 'unknown';
    const isWanted = this.#hasDigest(slot, sha256);
    const isSameSize = this.#slots[slot + 2] === wordOfSize(size);
    if (isSameSize && this.#slots[slot + 3] === wordOfTime(`${mtimeMs}`))
      return isWanted ? 'is-it' : 'is-another';
    return isWanted && !isSameSize ? 'resized' : 'unknown';
  }

  /** Whether the file at `path` had this SHA-256 when it was verified the last time, whatever is there now. */
  hasVerified(path: string, sha256: string): boolean {
    const slot = this.#find(...hash64(path));
    return !this.#isEmpty(slot) && this.#hasDigest(slot, sha256);
  }

  #hasDigest(slot: number, sha256: string): boolean {
    for (let i = 0; i < 3; i++) if (this.#slots[slot + 4 + i] !== wordOfDigest(sha256, i)) return false;
    return true;
  }

  #put(path: string, state: string, sha256: string): void {
    if (this.#count * WORDS >= this.#slots.length * FULLEST) this.#grow();
    const [a, b] = hash64(path);
    const slot = this.#find(a, b);
    if (this.#isEmpty(slot)) this.#count += 1;
    const tab = state.indexOf('\t');
    const c = wordOfSize(Number(state.slice(0, tab)));
    const d = wordOfTime(state.slice(tab + 1));
    const digest = [0, 1, 2].map((i) => wordOfDigest(sha256, i));
    this.#slots.set([a, (b | 1) >>> 0, c, d, ...digest], slot);
  }

  #find(a: number, b: number): number {
    const slots = this.#slots;
    let slot = (a * WORDS) % slots.length;
    while (!this.#isEmpty(slot) && (slots[slot] !== a || slots[slot + 1] !== (b | 1) >>> 0))
      slot = (slot + WORDS) % slots.length;
    return slot;
  }

  /** The second word of a filled slot is odd. */
  #isEmpty(slot: number): boolean {
    return this.#slots[slot + 1] === 0;
  }

  #grow(): void {
    const smaller = this.#slots;
    this.#slots = new Uint32Array(smaller.length * 2);
    for (let slot = 0; slot < smaller.length; slot += WORDS) {
      const b = smaller[slot + 1] as number;
      if (b !== 0)
        this.#slots.set(smaller.subarray(slot, slot + WORDS), this.#find(smaller[slot] as number, b));
    }
  }
}

function wordOfSize(size: number): number {
  return size >>> 0;
}

/** @param mtimeMs as the ledger writes it */
function wordOfTime(mtimeMs: string): number {
  return hash64(mtimeMs)[0];
}

function wordOfDigest(sha256: string, i: number): number {
  return Number.parseInt(sha256.slice(i * HEX_PER_WORD, (i + 1) * HEX_PER_WORD), 16) >>> 0;
}
