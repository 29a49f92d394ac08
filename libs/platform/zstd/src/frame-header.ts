/** RFC 8878, 3.1.1. */
export const FRAME_MAGIC = 0xfd2fb528;
export const CHECKSUM_SIZE = 4;
/** Bits of the header's descriptor (3.1.1.1.1). */
export const HAS_CHECKSUM = 0x04;
export const SINGLE_SEGMENT = 0x20;
export const SIZE_OF_FOUR_BYTES = 0x80;
export const DESCRIPTOR_OFFSET = 4;
const ID_SIZES = [0, 1, 2, 4] as const;

export interface FrameHeader {
  /** bytes, including the magic number */
  readonly size: number;
  readonly contentSize: number | undefined;
  readonly hasChecksum: boolean;
  readonly isSingleSegment: boolean;
}

/**
 * @param bytes begins with a frame's magic number
 * @returns undefined if the bytes end too early
 */
export function readFrameHeader(bytes: Buffer): FrameHeader | undefined {
  if (bytes.length <= DESCRIPTOR_OFFSET) return undefined;
  const descriptor = bytes.readUInt8(DESCRIPTOR_OFFSET);
  const isSingleSegment = (descriptor & SINGLE_SEGMENT) !== 0;
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 ? (isSingleSegment ? 1 : 0) : 1 << sizeFlag;
  const sizeOffset = 5 + (isSingleSegment ? 0 : 1) + (ID_SIZES[(descriptor & 3) as 0 | 1 | 2 | 3] as number);
  if (bytes.length < sizeOffset + sizeBytes) return undefined;
  return {
    size: sizeOffset + sizeBytes,
    contentSize: readContentSize(bytes, sizeOffset, sizeBytes),
    hasChecksum: (descriptor & HAS_CHECKSUM) !== 0,
    isSingleSegment,
  };
}

function readContentSize(bytes: Buffer, offset: number, count: number): number | undefined {
  if (count === 0) return undefined;
  if (count === 1) return bytes.readUInt8(offset);
  if (count === 2) return bytes.readUInt16LE(offset) + 256;
  return count === 4 ? bytes.readUInt32LE(offset) : Number(bytes.readBigUInt64LE(offset));
}
