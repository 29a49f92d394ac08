/**
 * zstd, contrib/seekable_format, "Zstandard Seekable Format" 0.1.0: a skippable frame at the end of
 * the file.
 */
export const SEEK_TABLE_MAGIC = 0x184d2a5e;
const FOOTER_MAGIC = 0x8f92eab1;
const FRAME_HEADER_SIZE = 8;
const FOOTER_SIZE = 9;
const ENTRY_SIZE = 8;
const CHECKSUM_SIZE = 4;
const HAS_CHECKSUMS = 0x80;
const RESERVED_BITS = 0x7c;

/** Size of the footer at the end of a file, bytes. */
export const SEEK_FOOTER_SIZE: number = FOOTER_SIZE;

/** Sizes of a frame. */
export interface FrameSizes {
  /** bytes in the file */
  readonly size: number;
  /** bytes of its content */
  readonly contentSize: number;
}

/** A frame in a table written by us. */
export interface CheckedSeekEntry extends FrameSizes {
  /** low half of the content's XXH64 */
  readonly checksum: number;
}

/** Size of the table for this many frames, bytes. */
export function seekTableSize(frames: number): number {
  return FRAME_HEADER_SIZE + frames * (ENTRY_SIZE + CHECKSUM_SIZE) + FOOTER_SIZE;
}

export function encodeSeekTable(entries: readonly CheckedSeekEntry[]): Buffer {
  const table = Buffer.alloc(seekTableSize(entries.length));
  table.writeUInt32LE(SEEK_TABLE_MAGIC, 0);
  table.writeUInt32LE(table.length - FRAME_HEADER_SIZE, 4);
  let offset = FRAME_HEADER_SIZE;
  for (const { size, contentSize, checksum } of entries) {
    offset = table.writeUInt32LE(size, offset);
    offset = table.writeUInt32LE(contentSize, offset);
    offset = table.writeUInt32LE(checksum, offset);
  }
  offset = table.writeUInt32LE(entries.length, offset);
  offset = table.writeUInt8(HAS_CHECKSUMS, offset);
  table.writeUInt32LE(FOOTER_MAGIC, offset);
  return table;
}

/**
 * The size of the whole table, from a file's last {@link SEEK_FOOTER_SIZE} bytes.
 *
 * @returns undefined when the file has no seek table
 */
export function seekTableSizeOf(footer: Buffer): number | undefined {
  if (footer.length !== FOOTER_SIZE || footer.readUInt32LE(5) !== FOOTER_MAGIC) return undefined;
  if ((footer.readUInt8(4) & RESERVED_BITS) !== 0) return undefined;
  return FRAME_HEADER_SIZE + footer.readUInt32LE(0) * entrySize(footer) + FOOTER_SIZE;
}

function entrySize(footer: Buffer): number {
  return ENTRY_SIZE + ((footer.readUInt8(4) & HAS_CHECKSUMS) === 0 ? 0 : CHECKSUM_SIZE);
}

/**
 * Decodes the frames of a file. Checksums in the table are ignored: frames have their own.
 *
 * @param table all its bytes
 * @param dataSize bytes before it, which its frames must fill
 * @param onFrame called for each frame, in order; to be discarded if the table turns out to be
 *   damaged
 * @returns a description of a damaged table's error
 */
export function decodeSeekTable(
  table: Buffer,
  dataSize: number,
  onFrame: (frame: FrameSizes) => void,
): string | undefined {
  const footer = table.subarray(table.length - FOOTER_SIZE);
  const step = entrySize(footer);
  if (
    table.readUInt32LE(0) !== SEEK_TABLE_MAGIC ||
    table.readUInt32LE(4) !== table.length - FRAME_HEADER_SIZE ||
    seekTableSizeOf(footer) !== table.length
  ) {
    return 'the seek table is damaged';
  }
  let total = 0;
  for (let offset = FRAME_HEADER_SIZE; offset < table.length - FOOTER_SIZE; offset += step) {
    const size = table.readUInt32LE(offset);
    if (size === 0) return 'the seek table is damaged';
    total += size;
    onFrame({ size, contentSize: table.readUInt32LE(offset + 4) });
  }
  return total === dataSize ? undefined : 'the seek table does not fit the file';
}
