const MIN_ROWS = 256;
const FULLEST = 0.7;
const KEY_WORDS = 2;

export interface HashTableOptions {
  /** 32-bit words of a row, not counting its key. */
  readonly valueWords: number;
  /** Another thread's {@link HashTable.memory}: the table is then read-only. */
  readonly memory?: SharedArrayBuffer | undefined;
}

/**
 * Rows of 32-bit words with 64-bit keys, in one block of memory that threads can share: open
 * addressing with linear probing, at most 70 % full. Millions of rows take only the space of their
 * words, and cause no garbage collection. A key is two words of a good hash; the lowest bit of the
 * second is lost, so 63 bits count. The probability that two of two million keys are equal is about
 * one in some million. Several rows may have the same key.
 *
 * A thread that only looks rows up may see a new row before its values, as zeros.
 */
export class HashTable {
  readonly #width: number;
  #words: Uint32Array;
  #count = 0;

  constructor({ valueWords, memory }: HashTableOptions) {
    this.#width = KEY_WORDS + valueWords;
    this.#words = new Uint32Array(memory ?? new SharedArrayBuffer(MIN_ROWS * this.#width * 4));
  }

  get memory(): SharedArrayBuffer {
    return this.#words.buffer as SharedArrayBuffer;
  }

  /** Rows added through this object. */
  get count(): number {
    return this.#count;
  }

  /**
   * The values of all rows, at the positions returned by the methods; valid until the next row is
   * added.
   */
  get words(): Uint32Array {
    return this.#words;
  }

  /** @returns the position of the values of the first row with this key; -1 if there is none */
  find(a: number, b: number): number {
    const row = this.#place(a, mark(b));
    return this.#words[row + 1] === 0 ? -1 : row + KEY_WORDS;
  }

  /**
   * @param at position of a row, as returned by a method
   * @returns that of the next row with the same key; -1 if there is none
   */
  next(at: number): number {
    const words = this.#words;
    const row = at - KEY_WORDS;
    const next = this.#probe(this.#after(row), words[row] as number, words[row + 1] as number);
    return words[next + 1] === 0 ? -1 : next + KEY_WORDS;
  }

  /**
   * @returns the position of the values of the row with this key, which is added, with values of 0,
   *   if there is none
   */
  add(a: number, b: number): number {
    const row = this.#place(a, mark(b));
    return this.#words[row + 1] === 0 ? this.#fill(row, a, mark(b)) : row + KEY_WORDS;
  }

  /** Adds a row, even if its key exists. @returns the position of its values, which are 0 */
  append(a: number, b: number): number {
    return this.#fill(this.#free(a), a, mark(b));
  }

  /** The positions of all rows' values. */
  *rows(): Generator<number> {
    for (let row = 0; row < this.#words.length; row += this.#width)
      if (this.#words[row + 1] !== 0) yield row + KEY_WORDS;
  }

  /** @param row the empty row where this key belongs */
  #fill(row: number, a: number, marked: number): number {
    if ((this.#count + 1) * this.#width > this.#words.length * FULLEST) {
      this.#grow();
      return this.#fill(this.#free(a), a, marked);
    }
    this.#words[row] = a;
    this.#words[row + 1] = marked;
    this.#count += 1;
    return row + KEY_WORDS;
  }

  /** The first row with this key, or the empty row where it belongs. */
  #place(a: number, marked: number): number {
    return this.#probe(this.#home(a), a, marked);
  }

  /** Like the above, starting from a row. */
  #probe(from: number, a: number, marked: number): number {
    const words = this.#words;
    let row = from;
    while (words[row + 1] !== 0 && (words[row] !== a || words[row + 1] !== marked)) {
      row += this.#width;
      if (row === words.length) row = 0;
    }
    return row;
  }

  /** The first empty row for a key, after all rows that may have it. */
  #free(a: number): number {
    let row = this.#home(a);
    while (this.#words[row + 1] !== 0) row = this.#after(row);
    return row;
  }

  #home(a: number): number {
    return (a * this.#width) % this.#words.length;
  }

  #after(row: number): number {
    const next = row + this.#width;
    return next === this.#words.length ? 0 : next;
  }

  #grow(): void {
    const smaller = this.#words;
    this.#words = new Uint32Array(new SharedArrayBuffer(smaller.byteLength * 2));
    for (let row = 0; row < smaller.length; row += this.#width) {
      if (smaller[row + 1] === 0) continue;
      const to = this.#free(smaller[row] as number);
      for (let word = 0; word < this.#width; word++) this.#words[to + word] = smaller[row + word] as number;
    }
  }
}

/** The second word of an occupied row is never 0. */
function mark(b: number): number {
  return (b | 1) >>> 0;
}
