/** Maximum total size of a lane's bodies in memory, in bytes. */
const MAX_HELD = 32 << 20;
/** Maximum size of the memory kept for reuse, in bytes. */
const MAX_KEPT = 16 << 20;
const SMALLEST = 4 << 10;

/**
 * Reusable memory for the bodies of one lane, bounded at any concurrency. Allocating a buffer for
 * each body would trigger garbage collections all the time, because V8 counts memory outside its
 * heap. The size of a piece is a power of two.
 */
export class BodyMemory {
  readonly #free: Buffer[][] = [];
  #held = 0;
  #kept = 0;

  /** Returns a piece of at least `size` bytes; undefined if the lane has reached its limit. */
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

  /** Returns a piece obtained from {@link take}. */
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
