import { CHECKSUM_SIZE, DESCRIPTOR_OFFSET, FRAME_MAGIC, readFrameHeader } from './frame-header.ts';

/** RFC 8878, 3.1.2: 16 magic numbers, of which the lowest four bits are free. */
const SKIPPABLE_MAGIC = 0x184d2a50;
export const MAGIC_SIZE = 4;
const SIZE_FIELD = 4;
const BLOCK_HEADER_SIZE = 3;
const RLE_BLOCK = 1;
/** The longest frame header. */
const MAX_HEADER = 18;

/**
 * @param bytes at least four
 * @returns undefined if no frame begins with these bytes
 */
export function frameKind(bytes: Buffer): 'frame' | 'skippable' | undefined {
  const magic = bytes.readUInt32LE();
  if (magic === FRAME_MAGIC) return 'frame';
  return (magic & ~0xf) === SKIPPABLE_MAGIC ? 'skippable' : undefined;
}

/**
 * Finds the end of one frame, of either kind, in a stream of bytes (RFC 8878, 3.1). Decodes
 * nothing.
 */
export class FrameEnd {
  readonly #field = Buffer.alloc(MAX_HEADER);
  #filled = 0;
  #wanted = MAGIC_SIZE;
  #skip = 0;
  #next: () => void = () => this.#magic();
  #hasChecksum = false;
  #isOver = false;

  /** Whether all bytes of the frame were seen. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** @returns how many bytes of the piece belong to the frame, whose magic number must be one */
  advance(piece: Buffer): number {
    let at = 0;
    while (at < piece.length && !this.#isOver) {
      if (this.#skip > 0) {
        const count = Math.min(this.#skip, piece.length - at);
        this.#skip -= count;
        at += count;
        if (this.#skip === 0) this.#next();
      } else {
        this.#field[this.#filled++] = piece[at++] as number;
        if (this.#filled === this.#wanted) this.#next();
      }
    }
    return at;
  }

  #magic(): void {
    if (frameKind(this.#field) === 'frame') this.#more(DESCRIPTOR_OFFSET + 1, () => this.#header());
    else this.#read(SIZE_FIELD, () => this.#pass(this.#field.readUInt32LE(), this.#end));
  }

  #header(): void {
    const header = readFrameHeader(this.#field.subarray(0, this.#filled));
    // Its length is in its fifth byte.
    if (header === undefined) this.#more(this.#filled + 1, () => this.#header());
    else {
      this.#hasChecksum = header.hasChecksum;
      this.#read(BLOCK_HEADER_SIZE, this.#block);
    }
  }

  readonly #block = (): void => {
    const header = this.#field.readUIntLE(0, BLOCK_HEADER_SIZE);
    const isLast = (header & 1) === 1;
    const size = ((header >> 1) & 3) === RLE_BLOCK ? 1 : header >> 3;
    const after = (): void => {
      if (!isLast) this.#read(BLOCK_HEADER_SIZE, this.#block);
      else this.#pass(this.#hasChecksum ? CHECKSUM_SIZE : 0, this.#end);
    };
    this.#pass(size, after);
  };

  readonly #end = (): void => {
    this.#isOver = true;
  };

  #read(count: number, next: () => void): void {
    this.#filled = 0;
    this.#more(count, next);
  }

  #more(wanted: number, next: () => void): void {
    this.#wanted = wanted;
    this.#next = next;
  }

  #pass(count: number, next: () => void): void {
    this.#skip = count;
    this.#next = next;
    if (count === 0) next();
  }
}
