import type { ChunkPlace } from './chunk.ts';

/** Chunks by their index files' paths. Their ranges may overlap: a walk comes to `a/x` before `a-/x`, which is less. */
export class ChunkRanges {
  /** In the order of `first`. */
  readonly #chunks: readonly ChunkPlace[];
  /** The greatest `last` of each and of all before it. */
  readonly #reach: string[] = [];

  constructor(chunks: readonly ChunkPlace[]) {
    this.#chunks = chunks.toSorted((a, b) => (a.first < b.first ? -1 : 1));
    let reach = '';
    for (const { last } of this.#chunks) {
      if (last > reach) reach = last;
      this.#reach.push(reach);
    }
  }

  /** Those that may have a path from `first` to `last`, both included. */
  overlapping(first: string, last: string): ChunkPlace[] {
    const found: ChunkPlace[] = [];
    for (let at = this.#countUpTo(last) - 1; at >= 0 && (this.#reach[at] as string) >= first; at--) {
      const chunk = this.#chunks[at] as ChunkPlace;
      if (chunk.last >= first) found.push(chunk);
    }
    return found.reverse();
  }

  /** How many begin with `last` or before it. */
  #countUpTo(last: string): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#chunks[middle] as ChunkPlace).first <= last) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
