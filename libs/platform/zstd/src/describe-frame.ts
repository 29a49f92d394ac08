import {
  CHECKSUM_SIZE,
  DESCRIPTOR_OFFSET,
  HAS_CHECKSUM,
  readFrameHeader,
  SINGLE_SEGMENT,
  SIZE_OF_FOUR_BYTES,
} from './frame-header.ts';
import { xxh64LowOf } from './xxh64.ts';

const HEADER_SIZE = 9;

/**
 * Adds its content's size and checksum to a frame, which a streaming encoder cannot: `zstd -t` then
 * verifies every byte, `zstd -l` shows the sizes, and a reader needs no larger window than the
 * content. Blocks are unchanged.
 *
 * @param frame from an encoder that wrote no checksum
 * @param content less than 4 GiB
 */
export function describeFrame(frame: Buffer, content: Uint8Array): Buffer {
  const blocks = frame.subarray(readFrameHeader(frame)?.size);
  const described = Buffer.allocUnsafeSlow(HEADER_SIZE + blocks.length + CHECKSUM_SIZE);
  frame.copy(described, 0, 0, DESCRIPTOR_OFFSET);
  described.writeUInt8(SIZE_OF_FOUR_BYTES | SINGLE_SEGMENT | HAS_CHECKSUM, DESCRIPTOR_OFFSET);
  described.writeUInt32LE(content.length, DESCRIPTOR_OFFSET + 1);
  blocks.copy(described, HEADER_SIZE);
  described.writeUInt32LE(xxh64LowOf([content]), HEADER_SIZE + blocks.length);
  return described;
}
