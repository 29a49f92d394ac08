import { closeSync, fstatSync, readSync, statfsSync } from 'node:fs';
import { AtomicFile } from '@crates-mirror/fs-atomic';
import { type ChunkPlace, crc32, type NewChunk, openFile } from './chunk.ts';
import { ChunkRanges } from './chunk-ranges.ts';

/** Of a disk with less than so much free, the mirror itself needs what there is. Bytes. */
const MIN_FREE = 256 << 20;
/** How much is written between two looks at that. */
const LOOK_EVERY = 8 << 20;
/** At the very end, little-endian: the length of the table before it, and its CRC-32. */
const TRAILER = 8;

/** A chunk in the table, in the order of {@link ChunkPlace}. */
type Row = readonly [number, number, number, number, string, string];

/**
 * The index files of which a mirror had every crate file when it was last gone through, so that the next run need only look whether
 * they are as they were. Chunks, one for some index files each, and after them a JSON table of where they are. It is
 * replaced as a whole by a run that got to its end. A cache: losing it costs time, never correctness.
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
  /** Where the disk is looked at the next time. */
  #nextLook = 0;

  /**
   * @param path of the file, which may not be there
   * @param key what the records depend on besides their index files: with another, what is there counts for nothing
   */
  constructor(path: string, options: { readonly temporaryDirectory: string; readonly key: string }) {
    this.#path = path;
    this.#temporaryDirectory = options.temporaryDirectory;
    this.#key = options.key;
    this.#fd = openFile(path);
    this.#before = new ChunkRanges(this.#fd === undefined ? [] : readTable(this.#fd, options.key));
  }

  /** The chunks that may have some of these index files. */
  chunksOf(files: readonly string[]): ChunkPlace[] {
    let first = files[0] ?? '';
    let last = first;
    for (const file of files) {
      if (file < first) first = file;
      if (file > last) last = file;
    }
    return this.#before.overlapping(first, last);
  }

  /** A chunk of before holds for the next run too. @throws the system's error */
  keep(chunk: ChunkPlace): void {
    if (this.#next === undefined) {
      this.#table.push(chunk);
      return;
    }
    const bytes = readBytes(this.#fd as number, chunk.offset, chunk.length);
    // Somebody has cut it short meanwhile. Offsets of chunks are multiples of eight.
    if (bytes.length !== chunk.length) throw new RangeError(`${this.#path} is shorter than it was`);
    this.#write(chunk, bytes);
  }

  /** @throws the system's error */
  add(chunk: NewChunk): void {
    if (this.#next === undefined) {
      this.#next = new AtomicFile(this.#temporaryDirectory);
      const kept = this.#table;
      this.#table = [];
      for (const before of kept) this.keep(before);
    }
    this.#write(chunk, chunk.bytes);
  }

  /** Puts what was kept and added in the place of what was there. @throws the system's error */
  commit(): void {
    if (this.#next === undefined) return;
    this.#next.write(encodeTable(this.#key, this.#table));
    this.#next.commit(this.#path);
  }

  /** Gives back what the new file has of the disk. What was there stays. */
  discard(): void {
    this.#next?.discard();
  }

  /** Without {@link commit}, what was there stays. */
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

/** Whether a chunk can be where a table says it is. @param end of all chunks */
function isWithin({ offset, length, first, last }: ChunkPlace, end: number): boolean {
  if (typeof first !== 'string' || typeof last !== 'string') return false;
  return (
    [offset, length].every((n) => n >= 0 && n % Float64Array.BYTES_PER_ELEMENT === 0) &&
    offset + length <= end
  );
}

function checkFree(directory: string): void {
  const { blocks, bavail, bsize } = statfsSync(directory);
  // Some file systems of user space tell nothing at all.
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

/** @returns nothing for what is damaged, or has another key */
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
