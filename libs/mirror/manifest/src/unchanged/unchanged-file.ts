import { closeSync, fstatSync, readSync, statfsSync } from 'node:fs';
import { AtomicFile } from '@crates-mirror/fs-atomic';
import { type ChunkPlace, crc32, type NewChunk, openFile } from './chunk.ts';
import { ChunkRanges } from './chunk-ranges.ts';

/** Bytes. With less free space, the file is not written, as the mirror itself needs the space. */
const MIN_FREE = 256 << 20;
/** Bytes written between two checks of the free space. */
const LOOK_EVERY = 8 << 20;
/**
 * Bytes at the end of the file, little-endian: the length of the preceding table, and its CRC-32.
 */
const TRAILER = 8;

/** A chunk in the table, with the fields of {@link ChunkPlace} in order. */
type Row = readonly [number, number, number, number, string, string];

/**
 * The index files whose crate files were all in the mirror at the last run, so that the next run
 * only checks whether they have changed. The file consists of chunks, each for some index files,
 * followed by a JSON table of their positions. A run that completes replaces it as a whole. It is a
 * cache: losing it costs time, never correctness.
 */
export class UnchangedFile {
  readonly #path: string;
  readonly #temporaryDirectory: string;
  readonly #key: string;
  readonly #fd: number | undefined;
  readonly #before: ChunkRanges;
  #table: ChunkPlace[] = [];
  #next: AtomicFile | undefined;
  #length = 0;
  /** Length at which the free space is next checked. */
  #nextLook = 0;

  /**
   * @param path of the file, which may be absent
   * @param key the other inputs of the records besides their index files; a file with another key
   * is ignored
   */
  constructor(path: string, options: { readonly temporaryDirectory: string; readonly key: string }) {
    this.#path = path;
    this.#temporaryDirectory = options.temporaryDirectory;
    this.#key = options.key;
    this.#fd = openFile(path);
    this.#before = new ChunkRanges(this.#fd === undefined ? [] : readTable(this.#fd, options.key));
  }

  /** The chunks that may cover some of these index files. */
  chunksOf(files: readonly string[]): ChunkPlace[] {
    let first = files[0] ?? '';
    let last = first;
    for (const file of files) {
      if (file < first) first = file;
      if (file > last) last = file;
    }
    return this.#before.overlapping(first, last);
  }

  /** Keeps an existing chunk for the next run. @throws the system error */
  keep(chunk: ChunkPlace): void {
    if (this.#next === undefined) {
      this.#table.push(chunk);
      return;
    }
    const bytes = readBytes(this.#fd as number, chunk.offset, chunk.length);
    // The file has been truncated meanwhile. Offsets of chunks must be multiples of eight.
    if (bytes.length !== chunk.length) throw new RangeError(`${this.#path} is shorter than it was`);
    this.#write(chunk, bytes);
  }

  /** @throws the system error */
  add(chunk: NewChunk): void {
    if (this.#next === undefined) {
      this.#next = new AtomicFile(this.#temporaryDirectory);
      const kept = this.#table;
      this.#table = [];
      for (const before of kept) this.keep(before);
    }
    this.#write(chunk, chunk.bytes);
  }

  /** Replaces the file with the kept and added chunks. @throws the system error */
  commit(): void {
    if (this.#next === undefined) return;
    this.#next.write(encodeTable(this.#key, this.#table));
    this.#next.commit(this.#path);
  }

  /** Removes the unfinished new file. The existing file stays. */
  discard(): void {
    this.#next?.discard();
  }

  /** Closes the file. Without {@link commit}, the existing file stays. */
  close(): void {
    this.discard();
    if (this.#fd !== undefined) closeSync(this.#fd);
  }

  #write({ crc32: crc, count, first, last }: Omit<NewChunk, 'bytes'>, bytes: Uint8Array): void {
    if (this.#length >= this.#nextLook) {
      checkFree(this.#temporaryDirectory);
      this.#nextLook = this.#length + LOOK_EVERY;
    }
    this.#next?.write(bytes);
    this.#table.push({ offset: this.#length, length: bytes.length, crc32: crc, count, first, last });
    this.#length += bytes.length;
  }
}

/** Whether the position of a chunk in a table is plausible. @param end end of all chunks */
function isWithin({ offset, length, first, last }: ChunkPlace, end: number): boolean {
  if (typeof first !== 'string' || typeof last !== 'string') return false;
  return (
    [offset, length].every((n) => n >= 0 && n % Float64Array.BYTES_PER_ELEMENT === 0) &&
    offset + length <= end
  );
}

function checkFree(directory: string): void {
  const { blocks, bavail, bsize } = statfsSync(directory);
  // Some FUSE file systems report zeros.
  if (blocks > 0 && bavail * bsize < MIN_FREE) throw new Error(`less than ${MIN_FREE >> 20} MiB are free`);
}

function readBytes(fd: number, offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  return bytes.subarray(0, readSync(fd, bytes, 0, length, offset));
}

function encodeTable(key: string, chunks: readonly ChunkPlace[]): Buffer {
  const rows = chunks.map(({ offset, length, crc32: crc, count, first, last }): Row => {
    return [offset, length, crc, count, first, last];
  });
  const text = Buffer.from(JSON.stringify({ key, chunks: rows }));
  const trailer = Buffer.alloc(TRAILER);
  trailer.writeUInt32LE(text.length);
  trailer.writeUInt32LE(crc32(text), 4);
  return Buffer.concat([text, trailer]);
}

/** @returns an empty list if the table is damaged or has another key */
function readTable(fd: number, key: string): ChunkPlace[] {
  try {
    const end = fstatSync(fd).size - TRAILER;
    const trailer = readBytes(fd, end, TRAILER);
    const length = trailer.readUInt32LE();
    if (length > end) return [];
    const text = readBytes(fd, end - length, length);
    if (crc32(text) !== trailer.readUInt32LE(4)) return [];
    const table = JSON.parse(text.toString()) as {
      readonly key: string;
      readonly chunks: readonly Row[];
    };
    if (table.key !== key) return [];
    const chunks = table.chunks.map(([offset, bytes, crc, count, first, last]) => {
      return { offset, length: bytes, crc32: crc, count, first, last };
    });
    return chunks.every((chunk) => isWithin(chunk, end - length)) ? chunks : [];
  } catch {
    return [];
  }
}
