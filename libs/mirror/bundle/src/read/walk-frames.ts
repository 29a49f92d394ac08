import { readSync } from 'node:fs';
import { CHECKSUM_SIZE, type FrameHeader } from '@crates-mirror/zstd/frame-header';
import { type FrameSizes, SEEK_TABLE_MAGIC } from '@crates-mirror/zstd/seek-table';
import { damaged } from '../format/bundle-error.ts';
import { BLOCK_HEADER_SIZE, measureBlock, parseFrameHeader } from '../format/zstd-frame.ts';

/** Longest frame header (RFC 8878, 3.1.1). */
const HEADER_SIZE = 18;
const MAGIC_SIZE = 4;
/** Bytes. Enough for the blocks between two crate files. */
const WINDOW_SIZE = 512;

/**
 * The whole frames of an unfinished bundle from `from` on, found by their headers alone: a few
 * hundred bytes are read for each crate file. The walk ends at an incomplete frame or a seek table.
 *
 * @param end bytes of the file
 * @throws BundleError for data that is not a frame written by this program
 */
export function* walkFrames(fd: number, from: number, end: number): Generator<FrameSizes> {
  const file = new Window(fd);
  for (let start = from; ; ) {
    const frame = frameAt(file, start, end);
    if (frame === undefined) return;
    yield frame;
    start += frame.size;
  }
}

function frameAt(file: Window, start: number, end: number): FrameSizes | undefined {
  const head = file.read(start, Math.min(HEADER_SIZE, end - start));
  if (head.length >= MAGIC_SIZE && head.readUInt32LE(0) === SEEK_TABLE_MAGIC) return undefined;
  const header = parseFrameHeader(head);
  if (header === undefined) return undefined;
  if (header.contentSize === undefined) throw damaged('a frame does not state its size');
  const blocksEnd = endOfBlocks(file, start, end, header);
  if (blocksEnd === undefined) return undefined;
  const frameEnd = blocksEnd + (header.hasChecksum ? CHECKSUM_SIZE : 0);
  return frameEnd > end ? undefined : { size: frameEnd - start, contentSize: header.contentSize };
}

function endOfBlocks(file: Window, start: number, end: number, header: FrameHeader): number | undefined {
  for (let offset = start + header.size; ; ) {
    if (offset + BLOCK_HEADER_SIZE > end) return undefined;
    const block = measureBlock(file.read(offset, BLOCK_HEADER_SIZE), 0);
    offset += block.size;
    if (block.isLast) return offset;
  }
}

/** The part of a file that was read last, which mostly contains the bytes read next. */
class Window {
  readonly #fd: number;
  readonly #memory = Buffer.alloc(WINDOW_SIZE);
  #start = 0;
  #length = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** @returns the bytes up to the end of the file, valid until the next call */
  read(position: number, size: number): Buffer {
    if (position < this.#start || position + size > this.#start + this.#length) {
      this.#start = position;
      this.#length = readSync(this.#fd, this.#memory, 0, WINDOW_SIZE, position);
    }
    const from = position - this.#start;
    return this.#memory.subarray(from, Math.min(from + size, this.#length));
  }
}
