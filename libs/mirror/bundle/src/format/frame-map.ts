import type { FrameSizes } from '@crates-mirror/zstd/seek-table';
import { damaged } from './bundle-error.ts';

/** A frame and its position. */
export interface PlacedFrame extends FrameSizes {
  /** Offset of its first byte in the file. */
  readonly start: number;
  /** Offset of its first byte in the tar. */
  readonly contentStart: number;
}

const MIN_ROOM = 64;

/** Maps a bundle's frames to its tar, in 16 bytes a frame. Grows with an unfinished bundle. */
export class FrameMap implements Iterable<PlacedFrame> {
  /** For each frame, its end in the file followed by its end in the tar. */
  #ends: Float64Array;
  #count = 0;
  #size = 0;
  #contentSize = 0;

  /** @param room number of frames to allocate memory for */
  constructor(room: number = MIN_ROOM) {
    this.#ends = new Float64Array(2 * Math.max(MIN_ROOM, room));
  }

  /** frames */
  get count(): number {
    return this.#count;
  }

  /** bytes of tar */
  get contentSize(): number {
    return this.#contentSize;
  }

  /** bytes of the file occupied by frames */
  get size(): number {
    return this.#size;
  }

  add({ size, contentSize }: FrameSizes): void {
    const at = 2 * this.#count;
    if (at === this.#ends.length) this.#grow();
    this.#count += 1;
    this.#size += size;
    this.#contentSize += contentSize;
    this.#ends[at] = this.#size;
    this.#ends[at + 1] = this.#contentSize;
  }

  /**
   * The index of the frame that holds a byte of tar.
   * @throws BundleError if there is no such byte
   */
  indexAt(offset: number): number {
    if (offset >= this.#contentSize) throw damaged(`it has no byte ${offset}`);
    let low = 0;
    let high = this.#count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ends[2 * middle + 1] as number) > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  frame(index: number): PlacedFrame {
    const start = this.#ends[2 * index - 2] ?? 0;
    const contentStart = this.#ends[2 * index - 1] ?? 0;
    return {
      start,
      size: (this.#ends[2 * index] as number) - start,
      contentStart,
      contentSize: (this.#ends[2 * index + 1] as number) - contentStart,
    };
  }

  *[Symbol.iterator](): Generator<PlacedFrame> {
    for (let i = 0; i < this.#count; i++) yield this.frame(i);
  }

  #grow(): void {
    const ends = new Float64Array(2 * this.#ends.length);
    ends.set(this.#ends);
    this.#ends = ends;
  }
}
