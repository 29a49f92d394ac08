/** All bodies of a lane that are held in memory together, bytes. */
const MAX_HELD = 32 << 20;
/** What is kept for use again, bytes. */
const MAX_KEPT = 16 << 20;
const SMALLEST = 4 << 10;

/**
 * Memory for the bodies of one lane, bounded at any concurrency and used again: a new buffer for each body would make V8
 * collect garbage all the time, for it counts what is outside of its heap. Pieces are powers of two.
 */
export class BodyMemory {
  readonly #free: Buffer[][] = [];
  #held = 0;
  #kept = 0;

  /** A piece of `size` bytes at least; undefined when the lane holds enough. */
  take(size: number): Buffer | undefined {
    const index = classOf(size);
    const length = SMALLEST << index;
    if (this.#held + length > MAX_HELD) return undefined;
    this.#held += length;
    const piece = this.#free[index]?.pop();
    if (piece === undefined) return Buffer.allocUnsafeSlow(length);
    this.#kept -= length;
    return piece;
  }

  /** Gives back what {@link take} gave. */
  give(piece: Buffer): void {
    this.#held -= piece.length;
    if (this.#kept + piece.length > MAX_KEPT) return;
    this.#kept += piece.length;
    const index = classOf(piece.length);
    this.#free[index] ??= [];
    this.#free[index].push(piece);
  }
}

function classOf(size: number): number {
  return size <= SMALLEST ? 0 : 32 - Math.clz32((size - 1) >>> 12);
}
