const MIN_ROWS = 256;
const FULLEST = 0.7;
const KEY_WORDS = 2;

export interface HashTableOptions {
  /** 32-bit words of a row beside its key. */
  readonly valueWords: number;
  /** Another thread's {@link HashTable.memory}: rows are looked up there, and none may be added. */
  readonly memory?: SharedArrayBuffer | undefined;
}

/**
 * Rows of 32-bit words by keys of 64 bits, in one block of memory that threads can share: open addressing with linear probing,
 * at most 70 % full. Millions of rows cost what their words do, and no garbage. A key is two words of a good hash, of which the
 * lowest bit of the second is lost: 63 bits count. Of two million keys, two are the same with a probability of one in some
 * million. Several rows may have one key.
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

  /** Rows added to this table here. */
  get count(): number {
    return this.#count;
  }

  /** Where the values of rows are, at the places that the methods tell; until the next row is added. */
  get words(): Uint32Array {
    return this.#words;
  }

  /** @returns where the values of the first row with this key are; -1 where there is none */
  find(a: number, b: number): number {
    const row = this.#place(a, mark(b));
    return this.#words[row + 1] === 0 ? -1 : row + KEY_WORDS;
  }

  /** @param at of a row that a method has told. @returns the same of the next row with its key; -1 where there is none */
  next(at: number): number {
    const words = this.#words;
    const row = at - KEY_WORDS;
    const next = this.#probe(this.#after(row), words[row] as number, words[row + 1] as number);
    return words[next + 1] === 0 ? -1 : next + KEY_WORDS;
  }

  /** @returns where the values of the row with this key are, which is added where there is none: its values are 0 */
  add(a: number, b: number): number {
    const row = this.#place(a, mark(b));
    return this.#words[row + 1] === 0 ? this.#fill(row, a, mark(b)) : row + KEY_WORDS;
  }

  /** Adds a row, whether there is one with its key or not. @returns where its values are, which are 0 */
  append(a: number, b: number): number {
    return this.#fill(this.#free(a), a, mark(b));
  }

  /** The places of all rows' values. */
  *rows(): Generator<number> {
    for (let row = 0; row < this.#words.length; row += this.#width)
      if (this.#words[row + 1] !== 0) yield row + KEY_WORDS;
  }

  /** @param row an empty one where this key belongs */
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

  /** The first row with this key, or the empty one where it belongs. */
  #place(a: number, marked: number): number {
    return this.#probe(this.#home(a), a, marked);
  }

  /** The same from a row on. */
  #probe(from: number, a: number, marked: number): number {
    const words = this.#words;
    let row = from;
    while (words[row + 1] !== 0 && (words[row] !== a || words[row + 1] !== marked)) {
      row += this.#width;
      if (row === words.length) row = 0;
    }
    return row;
  }

  /** The first empty row for a key, behind all that may have it. */
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

/** The second word of a row that is there is never 0. */
function mark(b: number): number {
  return (b | 1) >>> 0;
}
