import { HashTable } from '@crates-mirror/hashing/hash-table';

/** The 32-bit words of a row beside those of its checksum: offset (2), size, bundle + 1. */
const VALUE_WORDS = 4;
const HIGH_OFFSET = 1;
const SIZE = 2;
const BUNDLE = 3;
const HEX_PER_WORD = 8;
const WORD = 2 ** 32;

/** Words of a member in a list of rows: its checksum's, then the table's except the bundle. */
const ROW_WORDS = 5;

/** The position of a member. */
export interface MemberSlot {
  readonly bundle: number;
  /** bytes of tar */
  readonly offset: number;
  /** bytes */
  readonly size: number;
}

/** Appends a member to `rows`, as {@link ROW_WORDS} words. */
export function writeRow(rows: number[], sha256: string, offset: number, size: number): void {
  rows.push(wordOf(sha256, 0), wordOf(sha256, 1), offset % WORD, Math.floor(offset / WORD), size);
}

/**
 * Maps a SHA-256 to the bundles that hold the bytes. It takes 24 bytes a slot, about 34 for each
 * member, so some 70 MB for two million. It compares only the first 63 bits of a checksum, so
 * readers of a member must compare the rest. Its memory is shared: another thread can look up
 * members while members are only added.
 */
export class MemberTable {
  readonly #table: HashTable;

  constructor(memory?: SharedArrayBuffer) {
    this.#table = new HashTable({ valueWords: VALUE_WORDS, memory });
  }

  get memory(): SharedArrayBuffer {
    return this.#table.memory;
  }

  /** One of the members with these bytes. */
  find(sha256: string): MemberSlot | undefined {
    return this.findAll(sha256)[0];
  }

  /** The members with these bytes, at most one from each bundle. */
  findAll(sha256: string): MemberSlot[] {
    const { words } = this.#table;
    const found: MemberSlot[] = [];
    let row = this.#table.find(wordOf(sha256, 0), wordOf(sha256, 1));
    // Another thread may have added the row but not yet written its values.
    for (; row !== -1; row = this.#table.next(row))
      if (words[row + BUNDLE] !== 0) found.push(slotAt(words, row));
    return found;
  }

  /**
   * Adds members of one bundle. If two of them have the same checksum, the later one wins.
   * @param rows made by {@link writeRow}
   */
  add(rows: Uint32Array, bundle: number): void {
    for (let row = 0; row < rows.length; row += ROW_WORDS) {
      const at = this.#rowOf(rows[row] as number, rows[row + 1] as number, bundle + 1);
      const { words } = this.#table;
      words[at] = rows[row + 2] as number;
      words[at + HIGH_OFFSET] = rows[row + 3] as number;
      words[at + SIZE] = rows[row + 4] as number;
      words[at + BUNDLE] = bundle + 1;
    }
  }

  /**
   * Finds or adds the row of a checksum in a bundle.
   * @param bundle bundle number plus one, as stored in rows
   */
  #rowOf(a: number, b: number, bundle: number): number {
    let row = this.#table.find(a, b);
    while (row !== -1 && this.#table.words[row + BUNDLE] !== bundle) row = this.#table.next(row);
    return row === -1 ? this.#table.append(a, b) : row;
  }
}

function slotAt(words: Uint32Array, row: number): MemberSlot {
  return {
    bundle: (words[row + BUNDLE] as number) - 1,
    offset: (words[row] as number) + (words[row + HIGH_OFFSET] as number) * WORD,
    size: words[row + SIZE] as number,
  };
}

function wordOf(sha256: string, i: number): number {
  return Number.parseInt(sha256.slice(i * HEX_PER_WORD, (i + 1) * HEX_PER_WORD), 16) >>> 0;
}
