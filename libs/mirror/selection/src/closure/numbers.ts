type Store = Uint8Array | Uint32Array | Float64Array;

const FIRST_LENGTH = 1024;

/**
 * A growing list of numbers in a typed array. Millions of them take only their bytes, and nothing
 * that V8 would let grow before it collects it.
 */
export class Numbers<Array extends Store> {
  readonly #make: (length: number) => Array;
  #array: Array;
  #length = 0;

  constructor(make: (length: number) => Array) {
    this.#make = make;
    this.#array = make(FIRST_LENGTH);
  }

  get length(): number {
    return this.#length;
  }

  /** @returns 0 outside of the list */
  at(index: number): number {
    return index < this.#length ? (this.#array[index] ?? 0) : 0;
  }

  set(index: number, value: number): void {
    this.#array[index] = value;
  }

  push(value: number): void {
    if (this.#length === this.#array.length) {
      const smaller = this.#array;
      this.#array = this.#make(2 * smaller.length);
      this.#array.set(smaller);
    }
    this.#array[this.#length] = value;
    this.#length += 1;
  }

  /** The numbers themselves, not a copy. */
  view(): Array {
    return this.#array.subarray(0, this.#length) as Array;
  }
}
