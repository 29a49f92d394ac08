import { promisify } from 'node:util';
import { zstdDecompress, zstdDecompressSync } from 'node:zlib';
import {
  CHECKSUM_SIZE,
  FRAME_MAGIC,
  type FrameHeader,
  HAS_CHECKSUM,
  readFrameHeader,
} from '@crates-mirror/zstd/frame-header';
import { damaged } from './bundle-error.ts';

/** RFC 8878, 3.1.1. */
export const MAX_BLOCK: number = 128 * 1024;
export const BLOCK_HEADER_SIZE = 3;
export const RAW_BLOCK = 0;
export const RLE_BLOCK = 1;
const RESERVED = 3;
const MAGIC_SIZE = 4;
/** The smallest `chunkSize` that zlib accepts. */
const MIN_CHUNK = 64;

/**
 * Decodes one frame. Allocating room for the whole content at once is fastest.
 *
 * @returns undefined if the frame is damaged or its content does not have the expected length
 */
export function decompressFrame(frame: Buffer, contentSize: number): Buffer | undefined {
  try {
    const room = contentSize + MIN_CHUNK;
    const content = zstdDecompressSync(frame, { maxOutputLength: room, chunkSize: room });
    return content.length === contentSize ? content : undefined;
  } catch {
    return undefined;
  }
}

const zstdDecompressAsync = promisify(zstdDecompress);

/** Like {@link decompressFrame}, but in libuv's thread pool. */
export async function decompressFrameAsync(frame: Buffer, contentSize: number): Promise<Buffer | undefined> {
  try {
    const room = contentSize + MIN_CHUNK;
    const content = await zstdDecompressAsync(frame, { maxOutputLength: room, chunkSize: room });
    return content.length === contentSize ? content : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Like {@link decompressFrame}, but ignores a wrong checksum: returns whatever the frame decodes
 * to, if anything.
 */
export function salvageFrame(frame: Buffer, contentSize: number): Buffer | undefined {
  const header = parseFrameHeader(frame);
  if (header?.hasChecksum !== true) return undefined;
  const unchecked = Buffer.from(frame.subarray(0, frame.length - CHECKSUM_SIZE));
  unchecked.writeUInt8(unchecked.readUInt8(4) & ~HAS_CHECKSUM, 4);
  return decompressFrame(unchecked, contentSize);
}

/** Maximum bytes added to incompressible content: headers, and three bytes a block. */
export function frameOverhead(contentSize: number): number {
  return 32 + BLOCK_HEADER_SIZE * (1 + Math.ceil(contentSize / MAX_BLOCK));
}

/** @returns undefined if `bytes` end too early. @throws BundleError if this is not a frame */
export function parseFrameHeader(bytes: Buffer): FrameHeader | undefined {
  if (bytes.length >= MAGIC_SIZE && bytes.readUInt32LE(0) !== FRAME_MAGIC) throw damaged('no zstd frame');
  return readFrameHeader(bytes);
}

/** The extent of a frame, read from its headers alone. */
export interface FrameExtent {
  /** bytes from its magic number to its end */
  readonly size: number;
  /** The content size in its header, bytes. */
  readonly contentSize: number | undefined;
  /** Upper bound of the content's size, whatever the header claims. It limits decoding costs. */
  readonly contentBound: number;
  /** Low half of the content's XXH64, if the frame has one. */
  readonly checksum: number | undefined;
}

/**
 * Measures the frame at the start of `bytes` by walking its block headers, without decoding.
 *
 * @returns undefined if `bytes` end before the frame does
 * @throws BundleError if this is not a frame
 */
export function measureFrame(bytes: Buffer): FrameExtent | undefined {
  const header = parseFrameHeader(bytes);
  if (header === undefined) return undefined;
  let offset = header.size;
  let contentBound = 0;
  for (let isLast = false; !isLast; ) {
    if (bytes.length < offset + BLOCK_HEADER_SIZE) return undefined;
    const block = measureBlock(bytes, offset);
    isLast = block.isLast;
    offset += block.size;
    contentBound += block.contentBound;
  }
  const end = offset + (header.hasChecksum ? CHECKSUM_SIZE : 0);
  if (bytes.length < end) return undefined;
  const checksum = header.hasChecksum ? bytes.readUInt32LE(offset) : undefined;
  return { size: end, contentSize: header.contentSize, contentBound, checksum };
}

/** One block of a frame (RFC 8878, 3.1.1.2). */
interface Block {
  readonly isLast: boolean;
  /** bytes, its header included */
  readonly size: number;
  /** Upper bound of its content's size. */
  readonly contentBound: number;
}

/** Reads the header of a block, which must be complete. @throws BundleError if it is invalid */
export function measureBlock(bytes: Buffer, offset: number): Block {
  const header = bytes.readUIntLE(offset, BLOCK_HEADER_SIZE);
  const type = (header >> 1) & 3;
  const size = header >> 3;
  if (type === RESERVED || size > MAX_BLOCK) throw damaged('damaged zstd block');
  return {
    isLast: (header & 1) !== 0,
    size: BLOCK_HEADER_SIZE + (type === RLE_BLOCK ? 1 : size),
    contentBound: type === RAW_BLOCK || type === RLE_BLOCK ? size : MAX_BLOCK,
  };
}
