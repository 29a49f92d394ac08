import { hash64 } from '@crates-mirror/hashing/hash64';

/**
 * The rank of an item under a seed: uniform in [0, 2^53).
 *
 * @param id identifies the item
 */
export function rankOf(id: string, seed: number): number {
  const [high, low] = hash64(`${seed}\t${id}\t${seed}`);
  return (high >>> 11) * 2 ** 32 + low;
}

/**
 * The candidates of lowest rank out of any number: a uniform sample without replacement, in memory
 * for the sample alone. Samples of parts combine to the sample of the whole, so the result depends
 * neither on the threads nor on the order. Source: E. Cohen and H. Kaplan, "Summarizing data using
 * bottom-k sketches", PODC 2007.
 */
export class BottomSample<Item extends { readonly rank: number }> {
  readonly #size: number;
  /** A binary heap, with the highest rank first. */
  readonly #heap: Item[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  get items(): readonly Item[] {
    return this.#heap;
  }

  /** Whether a candidate of this rank would currently be in the sample. */
  takes(rank: number): boolean {
    if (this.#heap.length < this.#size) return true;
    const highest = this.#heap[0];
    return highest !== undefined && rank < highest.rank;
  }

  add(item: Item): void {
    if (!this.takes(item.rank)) return;
    if (this.#heap.length < this.#size) this.#rise(item);
    else this.#sink(item);
  }

  #rise(item: Item): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Item;
      if (above.rank >= item.rank) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = item;
  }

  /** Replaces the item of highest rank. */
  #sink(item: Item): void {
    const heap = this.#heap;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      const right = heap[child + 1];
      if (right !== undefined && right.rank > (heap[child] as Item).rank) child += 1;
      const below = heap[child] as Item;
      if (below.rank <= item.rank) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = item;
  }
}
