import { damaged } from './bundle-error.ts';
import type { SeekEntry } from './seek-table.ts';

/** A frame, and where it is. */
export interface PlacedFrame {
  /** Of its first byte in the file. */
  readonly start: number;
  /** bytes in the file */
  readonly size: number;
  /** Of its first byte in the tar. */
  readonly contentStart: number;
  /** bytes of tar */
  readonly contentSize: number;
}

/** Where in a bundle which part of its tar is: 16 bytes a frame. It grows with a bundle under way. */
export class FrameMap {
  /** Ends of the frames, in the file and in the tar. */
  readonly #ends: number[] = [];
  readonly #contentEnds: number[] = [];

  constructor(frames: readonly Pick<SeekEntry, 'size' | 'contentSize'>[] = []) {
    for (const frame of frames) this.add(frame);
  }

  /** bytes of tar */
  get contentSize(): number {
    return this.#contentEnds.at(-1) ?? 0;
  }

  /** bytes of the file that the frames take */
  get size(): number {
    return this.#ends.at(-1) ?? 0;
  }

  add({ size, contentSize }: Pick<SeekEntry, 'size' | 'contentSize'>): void {
    this.#ends.push(this.size + size);
    this.#contentEnds.push(this.contentSize + contentSize);
  }

  /** The index of the frame that holds a byte of tar. @throws BundleError when there is no such byte */
  indexAt(offset: number): number {
    if (offset >= this.contentSize) throw damaged(`it has no byte ${offset}`);
    let low = 0;
    let high = this.#contentEnds.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#contentEnds[middle] as number) > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  frame(index: number): PlacedFrame {
    const start = this.#ends[index - 1] ?? 0;
    const contentStart = this.#contentEnds[index - 1] ?? 0;
    return {
      start,
      size: (this.#ends[index] as number) - start,
      contentStart,
      contentSize: (this.#contentEnds[index] as number) - contentStart,
    };
  }
}
