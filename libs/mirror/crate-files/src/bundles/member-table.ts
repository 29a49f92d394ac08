/** SHA-256 (2), bundle + 1, offset (2), size: 32-bit words of a slot. */
const WORDS = 6;
const LEAST_SLOTS = 1024;
const FULLEST = 0.7;
const HEX_PER_WORD = 8;
const WORD = 2 ** 32;

/** Words of a member in a list of rows: as in a slot, without the bundle. */
const ROW_WORDS = 5;

/** Where a member is. */
export interface MemberSlot {
  readonly bundle: number;
  /** bytes of tar */
  readonly offset: number;
  /** bytes */
  readonly size: number;
}

/** Puts a member into `rows`, at a multiple of {@link ROW_WORDS}. */
export function writeRow(rows: number[], sha256: string, offset: number, size: number): void {
  rows.push(wordOf(sha256, 0), wordOf(sha256, 1), offset % WORD, Math.floor(offset / WORD), size);
}

/**
 * Which bundles hold the bytes with a given SHA-256: 24 bytes a slot, 34 for each member or so, and so some 70 MB for two
 * million. It tells checksums apart by their first 64 bits: whoever reads a member compares the rest. Its memory is
 * shared, so that another thread can look things up in it while members are only added.
 */
export class MemberTable {
  #slots: Uint32Array;
  #count = 0;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(LEAST_SLOTS * WORDS * 4)) {
    this.#slots = new Uint32Array(memory);
  }

  get memory(): SharedArrayBuffer {
    return this.#slots.buffer as SharedArrayBuffer;
  }

  /** One of the members with these bytes. */
  find(sha256: string): MemberSlot | undefined {
    return this.findAll(sha256)[0];
  }

  /** The members with these bytes, one of each bundle that has any. */
  findAll(sha256: string): MemberSlot[] {
    const slots = this.#slots;
    const a = wordOf(sha256, 0);
    const b = wordOf(sha256, 1);
    const found: MemberSlot[] = [];
    for (let slot = firstSlot(slots, a); slots[slot + 2] !== 0; slot = nextSlot(slots, slot))
      if (slots[slot] === a && slots[slot + 1] === b) found.push(slotAt(slots, slot));
    return found;
  }

  /** Adds members of one bundle; of two in it with one checksum the later counts. @param rows made by {@link writeRow} */
  add(rows: Uint32Array, bundle: number): void {
    for (let row = 0; row < rows.length; row += ROW_WORDS) {
      if (this.#count * WORDS >= this.#slots.length * FULLEST) this.#grow();
      const slot = find(this.#slots, rows[row] as number, rows[row + 1] as number, bundle + 1);
      if (this.#slots[slot + 2] === 0) this.#count += 1;
      this.#slots.set(rows.subarray(row, row + 2), slot);
      this.#slots.set(rows.subarray(row + 2, row + ROW_WORDS), slot + 3);
      this.#slots[slot + 2] = bundle + 1;
    }
  }

  #grow(): void {
    const smaller = this.#slots;
    const larger = new Uint32Array(new SharedArrayBuffer(smaller.byteLength * 2));
    for (let slot = 0; slot < smaller.length; slot += WORDS) {
      const bundle = smaller[slot + 2] as number;
      if (bundle === 0) continue;
      const to = find(larger, smaller[slot] as number, smaller[slot + 1] as number, bundle);
      larger.set(smaller.subarray(slot, slot + WORDS), to);
    }
    this.#slots = larger;
  }
}

function slotAt(slots: Uint32Array, slot: number): MemberSlot {
  return {
    bundle: (slots[slot + 2] as number) - 1,
    offset: (slots[slot + 3] as number) + (slots[slot + 4] as number) * WORD,
    size: slots[slot + 5] as number,
  };
}

/** The slot of a checksum in a bundle, or the empty one where it belongs. @param bundle as slots have it: one more */
function find(slots: Uint32Array, a: number, b: number, bundle: number): number {
  let slot = firstSlot(slots, a);
  while (slots[slot + 2] !== 0 && (slots[slot] !== a || slots[slot + 1] !== b || slots[slot + 2] !== bundle))
    slot = nextSlot(slots, slot);
  return slot;
}

function firstSlot(slots: Uint32Array, a: number): number {
  return (a * WORDS) % slots.length;
}

function nextSlot(slots: Uint32Array, slot: number): number {
  return (slot + WORDS) % slots.length;
}

function wordOf(sha256: string, i: number): number {
  return Number.parseInt(sha256.slice(i * HEX_PER_WORD, (i + 1) * HEX_PER_WORD), 16) >>> 0;
}
