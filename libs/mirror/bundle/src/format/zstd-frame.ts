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
/** The smallest `chunkSize` that zlib takes. */
const MIN_CHUNK = 64;

/**
 * Decodes one frame. With room for all of it at once that is fastest.
 *
 * @returns undefined when the frame is damaged, or its content is not as long as expected
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

/** The same in libuv's thread pool. */
export async function decompressFrameAsync(frame: Buffer, contentSize: number): Promise<Buffer | undefined> {
  try {
    const room = contentSize + MIN_CHUNK;
    const content = await zstdDecompressAsync(frame, { maxOutputLength: room, chunkSize: room });
    return content.length === contentSize ? content : undefined;
  } catch {
    return undefined;
  }
}

/** {@link decompressFrame} for a frame whose checksum is wrong: what it decodes to, if it decodes at all. */
export function salvageFrame(frame: Buffer, contentSize: number): Buffer | undefined {
  const header = parseFrameHeader(frame);
  if (header?.hasChecksum !== true) return undefined;
  const unchecked = Buffer.from(frame.subarray(0, frame.length - CHECKSUM_SIZE));
  unchecked.writeUInt8(unchecked.readUInt8(4) & ~HAS_CHECKSUM, 4);
  return decompressFrame(unchecked, contentSize);
}

/** Bytes that an encoder's frame of incompressible content takes at most beyond it: headers, and three bytes a block. */
export function frameOverhead(contentSize: number): number {
  return 32 + BLOCK_HEADER_SIZE * (1 + Math.ceil(contentSize / MAX_BLOCK));
}

/** @returns undefined when `bytes` end too early. @throws BundleError when this is no frame */
export function parseFrameHeader(bytes: Buffer): FrameHeader | undefined {
  if (bytes.length >= MAGIC_SIZE && bytes.readUInt32LE(0) !== FRAME_MAGIC) throw damaged('no zstd frame');
  return readFrameHeader(bytes);
}

/** A frame's extent, read from its headers alone. */
export interface FrameExtent {
  /** bytes from its magic number to its end */
  readonly size: number;
  /** What it says of its content, bytes. */
  readonly contentSize: number | undefined;
  /** The content is no longer than this, whatever the frame says: a bound on what decoding it takes. */
  readonly contentBound: number;
  /** Low half of the content's XXH64, where the frame has it. */
  readonly checksum: number | undefined;
}

/**
 * Measures the frame that `bytes` begin with by walking its block headers; nothing is decoded.
 *
 * @returns undefined when `bytes` end before the frame does
 * @throws BundleError when this is no frame
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
  /** Its content is no longer than this. */
  readonly contentBound: number;
}

/** Reads a block's header, which must be there whole. @throws BundleError when it is none */
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
