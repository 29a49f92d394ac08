import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { constants, zstdCompressSync } from 'node:zlib';
import { AtomicFile } from '@crates-mirror/fs-atomic';
import { parquetMetadata } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { Columns } from './columns.ts';
import type { PartitionOptions, PartitionState } from './protocol.ts';
import { partitionSchema, SCHEMA_VERSION } from './schema.ts';

const VERSION_KEY = 'crates_mirror.schema_version';
const CONTENT_KEY = 'crates_mirror.content';
/** Bytes for the length of the metadata and the magic number (Parquet, "File Format"). */
const FOOTER_SIZE = 8;
const MAGIC = 'PAR1';
/** Maximum bytes of metadata. That of a partition takes some kB per row group. */
const MAX_METADATA = 16 << 20;

/**
 * @returns undefined if there is no intact partition of this version
 * @throws the system's error
 */
export function readPartition(path: string): PartitionState | undefined {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { size } = fstatSync(fd);
    const footer = footerLength(readAt(fd, Math.max(0, size - FOOTER_SIZE), FOOTER_SIZE), size);
    return footer === undefined ? undefined : stateOf(readAt(fd, size - footer, footer));
  } finally {
    closeSync(fd);
  }
}

/** @param metadata the end of a partition, of the length of its footer */
export function stateOf(metadata: Uint8Array): PartitionState | undefined {
  try {
    const { num_rows: rows, key_value_metadata: pairs = [] } = parquetMetadata(metadata);
    const pairsByKey = new Map(pairs.map(({ key, value }) => [key, value]));
    const content = pairsByKey.get(CONTENT_KEY);
    if (pairsByKey.get(VERSION_KEY) !== String(SCHEMA_VERSION) || content === undefined) return undefined;
    return { rows: Number(rows), content };
  } catch {
    // A damaged partition is rewritten.
    return undefined;
  }
}

/**
 * The bytes at the end of a partition that are its metadata.
 *
 * @param end its last bytes. @param size its size in bytes
 * @returns undefined if it is truncated
 */
export function footerLength(end: Buffer, size: number): number | undefined {
  if (size < FOOTER_SIZE || end.length < FOOTER_SIZE) return undefined;
  const footer = end.subarray(-FOOTER_SIZE);
  if (footer.toString('latin1', 4) !== MAGIC) return undefined;
  const length = footer.readUInt32LE(0) + FOOTER_SIZE;
  return length > size || length > MAX_METADATA ? undefined : length;
}

function readAt(fd: number, position: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let offset = 0; offset < size; ) {
    const count = readSync(fd, bytes, offset, size - offset, position + offset);
    if (count === 0) break;
    offset += count;
  }
  return bytes;
}

/** Writes a partition's file, and renames it into place once it is complete. */
export class PartitionWriter {
  readonly #file: AtomicFile;
  readonly #parquet: ParquetWriter;
  rows = 0;

  /** @throws the system's error */
  constructor({ directory, hasRaw, level }: PartitionOptions) {
    const file = new AtomicFile(directory);
    const writer = new ByteWriter(1 << 16);
    const flush = (): void => {
      file.write(writer.getBytes());
      writer.index = 0;
    };
    Object.assign(writer, { flush, finish: flush });
    this.#file = file;
    this.#parquet = new ParquetWriter({
      writer,
      schema: partitionSchema(hasRaw),
      codec: 'ZSTD',
      compressors: { ZSTD: (page) => compress(page, level) },
      createdBy: 'crates-mirror',
    });
  }

  /** Writes a row group. @throws the system's error */
  write(columns: Columns): void {
    if (columns.rows === 0) return;
    // No promise to await: its sink is synchronous.
    void this.#parquet.write({ columnData: columns.data, rowGroupSize: columns.rows });
    this.rows += columns.rows;
  }

  /** @param content digest of the input. @returns bytes of the file. @throws the system's error */
  commit(path: string, content: string): number {
    this.#parquet.kvMetadata = [
      { key: VERSION_KEY, value: String(SCHEMA_VERSION) },
      { key: CONTENT_KEY, value: content },
    ];
    void this.#parquet.finish();
    return this.#file.commit(path).size;
  }

  discard(): void {
    this.#file.discard();
  }
}

function compress(page: Uint8Array, level: number): Uint8Array {
  return zstdCompressSync(page, {
    params: { [constants.ZSTD_c_compressionLevel]: level },
    pledgedSrcSize: page.length,
    // Allocating the whole buffer at once halves the time.
    chunkSize: page.length + (page.length >> 8) + 256,
  });
}
