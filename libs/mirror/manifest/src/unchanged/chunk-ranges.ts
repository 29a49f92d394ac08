import type { ChunkPlace } from './chunk.ts';

/**
 * Finds chunks by the paths of their index files. Ranges may overlap, because a walk visits `a/x`
 * before `a-/x`, although the latter is less.
 */
export class ChunkRanges {
  /** Ordered by `first`. */
  readonly #chunks: readonly ChunkPlace[];
  /** For each chunk, the greatest `last` up to and including it. */
  readonly #reach: string[] = [];

  constructor(chunks: readonly ChunkPlace[]) {
    this.#chunks = chunks.toSorted((a, b) => (a.first < b.first ? -1 : 1));
    let reach = '';
    for (const { last } of this.#chunks) {
      if (last > reach) reach = last;
      this.#reach.push(reach);
    }
  }

  /** Chunks that may have a path from `first` to `last` (inclusive). */
  overlapping(first: string, last: string): ChunkPlace[] {
    const found: ChunkPlace[] = [];
    for (let at = this.#countUpTo(last) - 1; at >= 0 && (this.#reach[at] as string) >= first; at--) {
      const chunk = this.#chunks[at] as ChunkPlace;
      if (chunk.last >= first) found.push(chunk);
    }
    return found.reverse();
  }

  /** Number of chunks whose `first` is not greater than `last`. */
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
