import { readSync } from 'node:fs';
import { damaged } from './bundle-error.ts';
import { SEEK_TABLE_MAGIC, type SeekEntry } from './seek-table.ts';
import { type FrameHeader, measureBlock, parseFrameHeader } from './zstd-frame.ts';

/** Longest frame header (RFC 8878, 3.1.1), and of a block header. */
const HEADER_SIZE = 18;
const BLOCK_HEADER_SIZE = 3;
const CHECKSUM_SIZE = 4;
const MAGIC_SIZE = 4;

/**
 * The whole frames that a bundle under way has from `from` on, told by their headers alone: of a file of 8 GB some
 * megabytes are read. What is not whole yet ends the walk, and so does a seek table.
 *
 * @param end bytes of the file
 * @throws BundleError for what is no frame of ours
 */
export function* walkFrames(
  fd: number,
  from: number,
  end: number,
): Generator<Pick<SeekEntry, 'size' | 'contentSize'>> {
  for (let start = from; ; ) {
    const frame = frameAt(fd, start, end);
    if (frame === undefined) return;
    yield frame;
    start += frame.size;
  }
}

function frameAt(fd: number, start: number, end: number): { size: number; contentSize: number } | undefined {
  const head = readAt(fd, start, Math.min(HEADER_SIZE, end - start));
  if (head.length >= MAGIC_SIZE && head.readUInt32LE(0) === SEEK_TABLE_MAGIC) return undefined;
  const header = parseFrameHeader(head);
  if (header === undefined) return undefined;
  if (header.contentSize === undefined) throw damaged('a frame does not tell its size');
  const blocksEnd = endOfBlocks(fd, start, end, header);
  if (blocksEnd === undefined) return undefined;
  const frameEnd = blocksEnd + (header.hasChecksum ? CHECKSUM_SIZE : 0);
  return frameEnd > end ? undefined : { size: frameEnd - start, contentSize: header.contentSize };
}

function endOfBlocks(fd: number, start: number, end: number, header: FrameHeader): number | undefined {
  for (let offset = start + header.size; ; ) {
    if (offset + BLOCK_HEADER_SIZE > end) return undefined;
    const block = measureBlock(readAt(fd, offset, BLOCK_HEADER_SIZE), 0);
    offset += block.size;
    if (block.isLast) return offset;
  }
}

function readAt(fd: number, position: number, size: number): Buffer {
  const bytes = Buffer.allocUnsafe(Math.max(0, size));
  return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, position));
}
