import { hash64 } from '@crates-mirror/hashing/hash64';

const LEAST_SLOTS = 1024;
const FULLEST = 0.6;

/**
 * A set of paths that keeps a 63-bit hash of each, so that millions of names cost tens of megabytes. Of two million
 * different paths, two are taken for the same with a probability of one in some million.
 */
export class PathSet {
  /** Two words a slot; two zeros are an empty one. */
  #slots = new Uint32Array(2 * LEAST_SLOTS);
  #count = 0;

  /** @returns whether the path was new */
  add(path: string): boolean {
    if (2 * this.#count >= this.#slots.length * FULLEST) this.#grow();
    const [a, b] = fingerprint(path);
    const slot = find(this.#slots, a, b);
    if (!isEmpty(this.#slots, slot)) return false;
    put(this.#slots, slot, a, b);
    this.#count += 1;
    return true;
  }

  has(path: string): boolean {
    const [a, b] = fingerprint(path);
    return !isEmpty(this.#slots, find(this.#slots, a, b));
  }

  #grow(): void {
    const smaller = this.#slots;
    const larger = new Uint32Array(smaller.length * 2);
    for (let slot = 0; slot < smaller.length; slot += 2) {
      if (isEmpty(smaller, slot)) continue;
      const a = smaller[slot] as number;
      const b = smaller[slot + 1] as number;
      put(larger, find(larger, a, b), a, b);
    }
    this.#slots = larger;
  }
}

/** Never the two zeros of an empty slot. */
function fingerprint(path: string): [number, number] {
  const [a, b] = hash64(path);
  return [a, (b | 1) >>> 0];
}

function find(slots: Uint32Array, a: number, b: number): number {
  let slot = (a * 2) % slots.length;
  while (!isEmpty(slots, slot) && (slots[slot] !== a || slots[slot + 1] !== b)) {
    slot = (slot + 2) % slots.length;
  }
  return slot;
}

function put(slots: Uint32Array, slot: number, a: number, b: number): void {
  slots[slot] = a;
  slots[slot + 1] = b;
}

function isEmpty(slots: Uint32Array, slot: number): boolean {
  return slots[slot + 1] === 0;
}
