const LEAST_ROWS = 256;
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
 * million.
 */
export class HashTable {
  readonly #width: number;
  #words: Uint32Array;
  #count = 0;

  constructor({ valueWords, memory }: HashTableOptions) {
    this.#width = KEY_WORDS + valueWords;
    this.#words = new Uint32Array(memory ?? new SharedArrayBuffer(LEAST_ROWS * this.#width * 4));
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

  /** @returns where the values of a key's row are; -1 where there is no such row */
  find(a: number, b: number): number {
    const row = this.#place(a, b);
    return this.#words[row + 1] === 0 ? -1 : row + KEY_WORDS;
  }

  /** @returns where the values of a key's row are; those of a new row are 0 */
  add(a: number, b: number): number {
    const row = this.#place(a, b);
    if (this.#words[row + 1] !== 0) return row + KEY_WORDS;
    if ((this.#count + 1) * this.#width > this.#words.length * FULLEST) {
      this.#grow();
      return this.add(a, b);
    }
    this.#words[row] = a;
    this.#words[row + 1] = mark(b);
    this.#count += 1;
    return row + KEY_WORDS;
  }

  /** The places of all rows' values. */
  *rows(): Generator<number> {
    for (let row = 0; row < this.#words.length; row += this.#width)
      if (this.#words[row + 1] !== 0) yield row + KEY_WORDS;
  }

  /** Of the row with this key, or the empty one where it belongs. */
  #place(a: number, b: number): number {
    const words = this.#words;
    const marked = mark(b);
    let row = (a * this.#width) % words.length;
    while (words[row + 1] !== 0 && (words[row] !== a || words[row + 1] !== marked)) {
      row += this.#width;
      if (row === words.length) row = 0;
    }
    return row;
  }

  #grow(): void {
    const smaller = this.#words;
    this.#words = new Uint32Array(new SharedArrayBuffer(smaller.byteLength * 2));
    for (let row = 0; row < smaller.length; row += this.#width) {
      const b = smaller[row + 1] as number;
      if (b === 0) continue;
      const to = this.#place(smaller[row] as number, b);
      this.#words.set(smaller.subarray(row, row + this.#width), to);
    }
  }
}

/** The second word of a row that is there is never 0. */
function mark(b: number): number {
  return (b | 1) >>> 0;
}
