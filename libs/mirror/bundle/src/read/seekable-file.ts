import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { decodeSeekTable, SEEK_FOOTER_SIZE, seekTableSizeOf } from '@crates-mirror/zstd/seek-table';
import { BundleError, damaged } from '../format/bundle-error.ts';
import { FrameMap } from '../format/frame-map.ts';
import { decompressFrame, frameOverhead, parseFrameHeader, salvageFrame } from '../format/zstd-frame.ts';

/** Bytes. Larger frames are not decoded in one go. */
const MAX_FRAME = 64 << 20;
/** RFC 8878, 3.1.1: magic number, descriptor, window, dictionary id, content size. */
const MAX_HEADER = 4 + 1 + 1 + 4 + 8;
/** Bytes of an entry in a seek table without checksums. */
const MIN_ENTRY = 8;
/**
 * Five million frames, which this program would need 20 TB for. A longer table is an attempt to
 * exhaust memory.
 */
const MAX_TABLE = 64 << 20;

/** A file in zstd's seekable format, read by content offset. Only the requested frames are read. */
export class SeekableFile {
  readonly #path: string;
  readonly #fd: number;
  readonly #frames: FrameMap;
  /** The frame decoded last, because consecutive members often share one. */
  #last: { readonly index: number; readonly content: Buffer | BundleError } | undefined;

  /** @param fd closed by {@link close} */
  constructor(path: string, fd: number, frames: FrameMap) {
    this.#path = path;
    this.#fd = fd;
    this.#frames = frames;
  }

  /** bytes of content in all frames */
  get contentSize(): number {
    return this.#frames.contentSize;
  }

  /**
   * Content from `offset` on, `size` bytes, one frame's part at a time. A frame with a wrong
   * checksum is decoded anyway: a caller that has a digest of its content can tell which parts are
   * right.
   * @throws BundleError
   */
  *read(offset: number, size: number): Generator<Buffer> {
    if (offset + size > this.contentSize) throw damaged(`${this.#path} ends before byte ${offset + size}`);
    if (size === 0) return;
    const end = offset + size;
    for (let i = this.#frames.indexAt(offset); i < this.#frames.count; i++) {
      const start = this.#frames.frame(i).contentStart;
      if (start >= end) return;
      const content = this.#frame(i);
      yield content.subarray(Math.max(0, offset - start), Math.min(content.length, end - start));
    }
  }

  /** Checks that every frame begins and has the size given in the table. @throws BundleError */
  check(): void {
    for (const { start, size, contentSize } of this.#frames) {
      const head = readExactly(this.#fd, Math.min(size, MAX_HEADER), start);
      const header = parseFrameHeader(head);
      if (header === undefined || (header.contentSize ?? contentSize) !== contentSize)
        throw damaged('its seek table does not say where its frames are');
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  #frame(index: number): Buffer {
    if (this.#last?.index !== index) this.#last = { index, content: this.#tryDecode(index) };
    if (this.#last.content instanceof BundleError) throw this.#last.content;
    return this.#last.content;
  }

  #tryDecode(index: number): Buffer | BundleError {
    try {
      return this.#decode(index);
    } catch (error) {
      if (error instanceof BundleError) return error;
      throw error;
    }
  }

  #damagedFrame(index: number): BundleError {
    return damaged(`${this.#path} is damaged in its frame ${index + 1}`);
  }

  #decode(index: number): Buffer {
    const { start, size, contentSize } = this.#frames.frame(index);
    if (contentSize > MAX_FRAME) throw damaged(`${this.#path} has a frame of ${contentSize} bytes`);
    if (size > contentSize + frameOverhead(contentSize)) throw this.#damagedFrame(index);
    const frame = readExactly(this.#fd, size, start);
    const content = decompressFrame(frame, contentSize) ?? salvageFrame(frame, contentSize);
    if (content === undefined) throw this.#damagedFrame(index);
    return content;
  }
}

/** @returns undefined if the file has no seek table. @throws BundleError if the table is damaged */
export function openSeekable(path: string): SeekableFile | undefined {
  const fd = openSync(path, 'r');
  try {
    const frames = readSeekTable(fd);
    return frames === undefined ? close(fd) : new SeekableFile(path, fd, frames);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** The frames of an open file, from its seek table. @returns and throws as {@link openSeekable} */
export function readSeekTable(fd: number): FrameMap | undefined {
  const { size } = fstatSync(fd);
  if (size < SEEK_FOOTER_SIZE) return undefined;
  const tableSize = seekTableSizeOf(readExactly(fd, SEEK_FOOTER_SIZE, size - SEEK_FOOTER_SIZE));
  if (tableSize === undefined || tableSize > size) return undefined;
  if (tableSize > MAX_TABLE) throw damaged(`a seek table of ${tableSize} bytes is not believed`);
  const table = readExactly(fd, tableSize, size - tableSize);
  const frames = new FrameMap(Math.ceil(tableSize / MIN_ENTRY));
  const flaw = decodeSeekTable(table, size - tableSize, (frame) => frames.add(frame));
  if (flaw !== undefined) throw damaged(flaw);
  return frames;
}

function close(fd: number): undefined {
  closeSync(fd);
}

function readExactly(fd: number, size: number, position: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  for (let offset = 0; offset < size; ) {
    const count = readSync(fd, bytes, offset, size - offset, position + offset);
    if (count === 0) throw damaged('the file ends too early');
    offset += count;
  }
  return bytes;
}
