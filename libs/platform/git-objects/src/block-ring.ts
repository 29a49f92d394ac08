/** A range of bytes in a memory. */
export interface Block {
  readonly address: number;
  /** bytes */
  readonly length: number;
}

/** A block in a ring, with its key. */
interface Kept extends Block {
  readonly key: number;
  /** Where the next block may begin. */
  readonly end: number;
}

/**
 * Allocates blocks from a part of a memory for temporary use: a new block replaces the oldest ones.
 */
export class BlockRing {
  readonly #start: number;
  readonly #end: number;
  #next: number;
  readonly #kept = new Map<number, Kept>();

  constructor(start: number, end: number) {
    this.#start = start;
    this.#end = end;
    this.#next = start;
  }

  get(key: number): Block | undefined {
    return this.#kept.get(key);
  }

  /**
   * Allocates a block under a key, with slack behind it for overrunning writes.
   *
   * @param used a block that must not be overwritten
   * @returns undefined if there is no room
   */
  take(key: number, length: number, slack: number, used: Block | undefined): Block | undefined {
    const size = length + slack;
    if (size > (this.#end - this.#start) / 4 || this.#kept.has(key)) return undefined;
    const address = this.#next + size > this.#end ? this.#start : this.#next;
    const end = address + size;
    if (used !== undefined && used.address < end && used.address + used.length > address) return undefined;
    this.#vacate(address, end);
    this.#next = end;
    const block = { key, address, length, end };
    this.#kept.set(key, block);
    return block;
  }

  /** Drops a block that turned out not to hold valid content. */
  drop(key: number): void {
    this.#kept.delete(key);
  }

  /** The oldest blocks are next in the ring. */
  #vacate(address: number, end: number): void {
    for (const [key, block] of this.#kept) {
      if (block.address >= end || block.end <= address) {
        // On wrapping around, the blocks between the last one and the end of the ring are dropped
        // as well.
        if (block.address >= this.#next && address < this.#next) {
          this.#kept.delete(key);
          continue;
        }
        return;
      }
      this.#kept.delete(key);
    }
  }
}
