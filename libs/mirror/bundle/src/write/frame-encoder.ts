import { CHECKSUM_SIZE, FRAME_MAGIC } from '@crates-mirror/zstd/frame-header';
import { xxh64LowOf } from '@crates-mirror/zstd/xxh64';
import { BLOCK_HEADER_SIZE, MAX_BLOCK, RAW_BLOCK, RLE_BLOCK } from '../format/zstd-frame.ts';

/** Descriptor: a content size of four bytes, a single segment, a content checksum. */
const DESCRIPTOR = 0b10_1_0_0_1_00;
const HEADER_SIZE = 9;
/** Shorter runs of zeros do not justify a block of their own, which takes four bytes. */
const MIN_ZEROS = 8;
const LAST_BLOCK = 1;
const ZEROS: Uint8Array = Buffer.alloc(MAX_BLOCK);

/** A frame in its written form, independent of all others. */
export interface Frame {
  readonly bytes: Buffer;
  /** bytes of its content */
  readonly contentSize: number;
  /** low half of the content's XXH64, as in the frame's last four bytes */
  readonly checksum: number;
}

/**
 * Writes one zstd frame (RFC 8878, 3.1.1) without compression. Crate files are already gzipped: no
 * encoder makes them smaller, and trying takes longer than the rest of the bundling. They are
 * therefore stored as raw blocks. In the tar around them, runs of zeros become RLE blocks of four
 * bytes, which reduces it to some 150 bytes a member.
 *
 * The frame has its content's size and checksum, so that `zstd -t` verifies every byte and `zstd
 * -l` shows the sizes.
 */
export class FrameEncoder {
  readonly #memory: Buffer;
  #length = HEADER_SIZE;
  #lastBlock = -1;
  #contentSize = 0;

  /** @param memory with room for {@link FRAME_ROOM} and the {@link pieceRoom} of each call */
  constructor(memory: Buffer) {
    this.#memory = memory;
  }

  /** Adds bytes as raw blocks. */
  raw(bytes: Uint8Array): void {
    for (let start = 0; start < bytes.length; start += MAX_BLOCK) {
      const end = Math.min(start + MAX_BLOCK, bytes.length);
      this.#block(RAW_BLOCK, end - start);
      this.#memory.set(
        start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end),
        this.#length,
      );
      this.#length += end - start;
    }
  }

  /** Adds bytes with many zeros among them, such as tar headers. */
  sparse(bytes: Uint8Array): void {
    let start = 0;
    for (let at = 0; at < bytes.length; ) {
      const zerosEnd = endOfZeros(bytes, at);
      if (zerosEnd - at >= MIN_ZEROS) {
        this.raw(bytes.subarray(start, at));
        this.zeros(zerosEnd - at);
        start = zerosEnd;
      }
      at = Math.max(zerosEnd, at + 1);
    }
    this.raw(bytes.subarray(start));
  }

  zeros(count: number): void {
    for (let left = count; left > 0; left -= MAX_BLOCK) {
      this.#block(RLE_BLOCK, Math.min(left, MAX_BLOCK));
      this.#memory[this.#length++] = 0;
    }
  }

  /** Ends the frame. The encoder must not be used afterwards. */
  end(): Frame {
    const memory = this.#memory;
    if (this.#lastBlock === -1) this.#block(RAW_BLOCK, 0);
    memory[this.#lastBlock] = (memory[this.#lastBlock] as number) | LAST_BLOCK;
    const checksum = xxh64LowOf(contentOf(memory.subarray(HEADER_SIZE, this.#length)));
    memory.writeUInt32LE(FRAME_MAGIC, 0);
    memory.writeUInt8(DESCRIPTOR, 4);
    memory.writeUInt32LE(this.#contentSize, 5);
    memory.writeUInt32LE(checksum, this.#length);
    const bytes = memory.subarray(0, this.#length + CHECKSUM_SIZE);
    return { bytes, contentSize: this.#contentSize, checksum };
  }

  #block(type: number, size: number): void {
    this.#lastBlock = this.#length;
    this.#length = this.#memory.writeUIntLE((size << 3) | (type << 1), this.#length, BLOCK_HEADER_SIZE);
    this.#contentSize += size;
  }
}

/** Maximum bytes of a frame beyond the {@link pieceRoom} of each piece added to it. */
export const FRAME_ROOM: number = HEADER_SIZE + BLOCK_HEADER_SIZE + CHECKSUM_SIZE;

/** Maximum bytes that one call of {@link FrameEncoder} takes for content of this size. */
export function pieceRoom(size: number): number {
  return size + BLOCK_HEADER_SIZE * (1 + Math.ceil(size / MAX_BLOCK));
}

/** Encodes a whole frame in newly allocated memory. */
export function encodeFrame(content: Uint8Array): Frame {
  const encoder = new FrameEncoder(Buffer.allocUnsafe(FRAME_ROOM + pieceRoom(content.length)));
  encoder.raw(content);
  return encoder.end();
}

function endOfZeros(bytes: Uint8Array, start: number): number {
  let end = start;
  while (bytes[end] === 0) end += 1;
  return end;
}

/** The content of blocks written by this encoder. */
function* contentOf(blocks: Buffer): Generator<Uint8Array> {
  for (let at = 0; at < blocks.length; ) {
    const header = blocks.readUIntLE(at, BLOCK_HEADER_SIZE);
    const size = header >> 3;
    const isRaw = ((header >> 1) & 3) === RAW_BLOCK;
    at += BLOCK_HEADER_SIZE;
    yield isRaw ? blocks.subarray(at, at + size) : ZEROS.subarray(0, size);
    at += isRaw ? size : 1;
  }
}
