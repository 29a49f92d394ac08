/** Some bytes of a memory. */
export interface Block {
  readonly address: number;
  /** bytes */
  readonly length: number;
}

/** What stands in a ring, under a key. */
interface Kept extends Block {
  readonly key: number;
  /** Where what comes after it may begin. */
  readonly end: number;
}

/** Shares out a part of a memory to what is to be kept for a while: what comes takes the place of what came first. */
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
   * Room for so many bytes, under a key, and for what may be written behind them.
   *
   * @param used a block that must not be overwritten
   * @returns undefined where there is none
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

  /** What was taken holds nothing after all. */
  drop(key: number): void {
    this.#kept.delete(key);
  }

  /** Those that came first stand where the ring goes on. */
  #vacate(address: number, end: number): void {
    for (const [key, block] of this.#kept) {
      if (block.address >= end || block.end <= address) {
        // What stands between the last one and the end of the ring goes, too, when it begins anew.
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
