import { createHash, type Hash } from 'node:crypto';
import type { IndexSource } from '@crates-mirror/crates-index';
import type { Entry } from '@crates-mirror/crates-index/files';
import { errorCode, errorMessage, isNoSpace } from '@crates-mirror/errors';
import type { Selector } from '@crates-mirror/selection/selector';
import {
  addCounts,
  type Counts,
  type FromLane,
  noCounts,
  type PartitionOutcome,
  type PartitionResult,
  type Problem,
} from '../lane/protocol.ts';
import { Columns } from './columns.ts';
import { PartitionWriter, readPartition } from './partition-file.ts';
import { partitionOf, partitionPath } from './partition-name.ts';
import type { PartitionOptions, PartitionPiece, PartitionState } from './protocol.ts';
import { SCHEMA_VERSION } from './schema.ts';
import { type SelectedFile, ShardReader, type ShardReading } from './shard-reader.ts';

/** Maximum number of rows in a row group. */
const MAX_ROWS = 100_000;
/** Maximum bytes of index lines in a row group. Its values take a multiple of that in memory. */
const MAX_LINE_BYTES = 8 << 20;

/** The index files of one partition. */
interface Shard {
  readonly name: string;
  readonly files: readonly string[];
  /** Whether a part of it could not be listed. */
  readonly isUnreadable: boolean;
}

/** Converts index files to partitions of the data set, in one thread. */
export class PartitionLane {
  readonly #options: PartitionOptions;
  readonly #reader: ShardReader;
  #counts: Counts = noCounts();
  #problems: Problem[] = [];

  constructor(options: PartitionOptions, index: IndexSource, selector: Selector) {
    this.#options = options;
    this.#reader = new ShardReader(index, selector);
  }

  process({ files, unreadable }: PartitionPiece): FromLane {
    this.#counts = noCounts();
    this.#problems = [];
    const partitions: PartitionResult[] = [];
    let fatal: string | undefined;
    for (const [name, ofShard] of Map.groupBy(files, partitionOf)) {
      const shard = { name, files: ofShard, isUnreadable: unreadable.includes(name) };
      const path = partitionPath(this.#options.place, name);
      try {
        const outcome = this.#update(shard, path);
        if (outcome !== undefined) partitions.push([name, outcome]);
      } catch (error) {
        if (!(error instanceof Error && 'syscall' in error)) throw error;
        partitions.push([name, 'kept']);
        const message = errorMessage(error);
        this.#problems.push({ file: path, line: 0, message, count: 1 });
        if (isNoSpace(error) || errorCode(error) === 'EROFS') fatal = `cannot write ${path}: ${message}`;
      }
      if (fatal !== undefined) break;
    }
    return { counts: this.#counts, problems: this.#problems, output: undefined, fatal, partitions };
  }

  /**
   * @param path names it in messages
   * @returns the outcome for a partition; undefined if it has no rows
   * @throws the system's error
   */
  #update(shard: Shard, path: string): PartitionOutcome | undefined {
    const { directory, known } = this.#options;
    const file = partitionPath(directory, shard.name);
    const before = known === undefined ? readPartition(file) : known.get(shard.name);
    // Checks for changes first, because encoding takes many times as long as reading.
    if (before !== undefined) {
      const digest = this.#newDigest();
      const reading = this.#reader.read(shard.files, (file) => noteFile(digest, file));
      const isUnchanged = digest.digest('hex') === before.content;
      if (isUnchanged) return this.#complete(reading, before);
      if (shard.isUnreadable || reading.isUnreadable) return this.#keep(reading, before, path);
    }
    const writer = new PartitionWriter(this.#options);
    try {
      const { content, reading } = this.#encode(shard, writer);
      const isLess = before !== undefined && reading.isFlawed && writer.rows < before.rows;
      if (isLess || (before !== undefined && reading.isUnreadable)) return this.#keep(reading, before, path);
      this.#complete(reading);
      if (writer.rows === 0) return undefined;
      this.#counts.bytes += writer.commit(file, content);
      this.#counts[before === undefined ? 'fresh' : 'changed'] += writer.rows;
      return 'written';
    } finally {
      writer.discard();
    }
  }

  #encode(shard: Shard, writer: PartitionWriter): { content: string; reading: ShardReading } {
    const digest = this.#newDigest();
    const { hasRaw } = this.#options;
    let columns = new Columns(hasRaw);
    let bytes = 0;
    const flaws: Problem[] = [];
    const reading = this.#reader.read(shard.files, (file) => {
      noteFile(digest, file);
      for (const entry of file.selected) {
        for (const field of columns.add(entry, lineOf(file, entry).toString()))
          flaws.push(flawOf(file.path, entry, field));
        bytes += entry.end - entry.start;
        if (columns.rows < MAX_ROWS && bytes < MAX_LINE_BYTES) continue;
        writer.write(columns);
        columns = new Columns(hasRaw);
        bytes = 0;
      }
    });
    writer.write(columns);
    reading.problems.push(...flaws);
    return { content: digest.digest('hex'), reading };
  }

  /** Counts what was read, and the rows of an unchanged partition. */
  #complete({ counts, problems }: ShardReading, stays?: PartitionState): 'unchanged' {
    addCounts(this.#counts, counts);
    this.#counts.unchanged += stays?.rows ?? 0;
    this.#problems.push(...problems);
    return 'unchanged';
  }

  /**
   * Keeps a partition unchanged, because a new one could lack rows that cannot be read at the
   * moment.
   */
  #keep(reading: ShardReading, before: PartitionState, path: string): 'kept' {
    this.#complete(reading, before);
    const message = 'stays as it was, since some of its index files cannot be used';
    this.#problems.push({ file: path, line: 0, message, count: 1 });
    return 'kept';
  }

  #newDigest(): Hash {
    const { hasRaw, level } = this.#options;
    return createHash('sha256').update(JSON.stringify([SCHEMA_VERSION, hasRaw, level]));
  }
}

/** Hashes everything from which the rows of a file are made. */
function noteFile(digest: Hash, file: SelectedFile): void {
  if (file.selected.length === 0) return;
  digest.update(JSON.stringify([file.path, file.isWhole, file.selected.length]));
  if (file.isWhole) {
    digest.update(file.content);
    return;
  }
  for (const entry of file.selected) digest.update(`${entry.line} `).update(lineOf(file, entry));
}

function lineOf({ content }: SelectedFile, { start, end }: Entry): Buffer {
  return content.subarray(start, end);
}

function flawOf(file: string, { line }: Entry, field: string): Problem {
  const message = `"${field}" is not as cargo defines it: what can be used of it is in the data set`;
  return { file, line, message, count: 0 };
}
