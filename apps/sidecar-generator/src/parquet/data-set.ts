import { readdirSync, readFileSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ask } from '@crates-mirror/cli';
import type { IndexPiece } from '@crates-mirror/crates-index';
import { errorMessage, UsageError, writeHint } from '@crates-mirror/errors';
import {
  acquireLock,
  isLock,
  type Lock,
  makeDirectories,
  removeTemporaries,
  writeFileAtomic,
} from '@crates-mirror/fs-atomic';
import { notThere } from '@crates-mirror/layout';
import type { IndexRoot } from '../index-root.ts';
import type { PartitionOutcome, PartitionResult, Problem } from '../lane/protocol.ts';
import { partitionCalled, partitionOf, partitionPath } from './partition-name.ts';
import type { PartitionPiece } from './protocol.ts';

const MARKER = 'data-set.json';
const LOCK = 'data-set.lock';
/** Version of the marker, and of the naming and division of partitions. */
const FORMAT_VERSION = 1;
const MAX_EXAMPLES = 5;

/** The directory of a data set during a run. */
export class DataSet {
  readonly directory: string;
  readonly #lock: Lock;
  /** Partitions whose files are consistent with this run. */
  readonly #present = new Set<string>();
  /** Shards of the index that could not be listed or read completely. */
  readonly #unreadable = new Set<string>();
  readonly partitions: Record<PartitionOutcome, number> = { written: 0, unchanged: 0, kept: 0 };

  /**
   * Locks the directory for this run.
   *
   * @param mustExist reject a directory that is not yet a data set, because its file system may not
   * be mounted
   * @throws UsageError
   */
  static open(directory: string, mustExist = false): DataSet {
    try {
      if (mustExist && readMarker(join(directory, MARKER)) === undefined)
        throw notThere('data set', directory, '--parquet-out');
      makeDirectories(directory);
      const lock = takeLock(directory);
      try {
        mark(directory);
        // Left by a killed run: the lock excludes any other run.
        removeTemporaries(directory);
        return new DataSet(directory, lock);
      } catch (error) {
        lock.release();
        throw error;
      }
    } catch (error) {
      if (error instanceof UsageError) throw error;
      const message = `--parquet-out: cannot write to ${directory}: ${errorMessage(error)}`;
      throw new UsageError(message, writeHint(error));
    }
  }

  private constructor(directory: string, lock: Lock) {
    this.directory = directory;
    this.#lock = lock;
  }

  /**
   * Records a problem, so that the partition of an unreliable part of the index is not rewritten
   * with fewer rows.
   */
  noteProblem({ file, line, count }: Problem): void {
    if (line === 0 && count === undefined) this.#unreadable.add(partitionOf(`${file}/`));
  }

  /** Adds to a piece which of its shards could not be listed completely. */
  pieceOf(piece: IndexPiece): PartitionPiece {
    const names = new Set(piece.files.map(partitionOf));
    return { ...piece, unreadable: [...names].filter((name) => this.#unreadable.has(name)) };
  }

  add(partitions: readonly PartitionResult[]): void {
    for (const [name, outcome] of partitions) {
      this.#present.add(name);
      this.partitions[outcome] += 1;
    }
  }

  /** Partitions of an earlier run for which a complete run has found no rows. */
  stale(): string[] {
    return readdirSync(this.directory)
      .flatMap((name) => partitionCalled(name) ?? [])
      .filter((name) => !this.#present.has(name))
      .sort();
  }

  /**
   * Removes stale partitions, after a run that could read the whole index.
   *
   * @returns how many
   * @throws FatalError if the index is no longer the one with which the run began
   */
  async prune(
    stale: readonly string[],
    { index, yes, signal }: { index: IndexRoot; yes: boolean; signal: AbortSignal },
  ): Promise<number> {
    if (stale.length === 0 || signal.aborted) return 0;
    if (!yes && !(await ask(this.#question(stale), signal))) return 0;
    index.check();
    for (const name of stale) unlinkSync(partitionPath(this.directory, name));
    return stale.length;
  }

  release(): void {
    this.#lock.release();
  }

  #question(stale: readonly string[]): string {
    const shown = stale.slice(0, MAX_EXAMPLES).map((name) => `  ${partitionPath(this.directory, name)}\n`);
    const more = stale.length > MAX_EXAMPLES ? '  …\n' : '';
    return `No selected crate version of the index belongs in:\n${shown.join('')}${more}Remove ${stale.length === 1 ? 'it' : `all ${stale.length}`}? [y/N] `;
  }
}

function takeLock(directory: string): Lock {
  const path = join(directory, LOCK);
  const lock = acquireLock(path);
  if (isLock(lock)) return lock;
  const { pid, host, since } = lock;
  throw new UsageError(
    `--parquet-out: another run (process ${pid} on ${host}, since ${since}) is writing ${directory}`,
    { hint: `Wait for it, or remove ${path} if you are sure that it is gone` },
  );
}

/**
 * Marks the directory as a data set, so that files of other directories are never replaced.
 *
 * @throws UsageError
 */
function mark(directory: string): void {
  const path = join(directory, MARKER);
  const version = readMarker(path);
  if (version === FORMAT_VERSION) return;
  if (version !== undefined)
    throw new UsageError(`--parquet-out: ${path} is of another version of this tool, or damaged`, {
      hint: 'Name another directory, or remove this data set, which the index can make anew',
    });
  const found = readdirSync(directory).find((name) => name.endsWith('.parquet'));
  if (found !== undefined)
    throw new UsageError(`--parquet-out: ${directory} has ${found}, and is no data set of this tool`, {
      hint: 'Name an empty directory',
    });
  writeFileAtomic(path, `${JSON.stringify({ format_version: FORMAT_VERSION })}\n`);
}

/** @returns undefined if there is no marker, null if it is invalid */
function readMarker(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return (JSON.parse(text) as { format_version?: unknown }).format_version ?? null;
  } catch {
    return null;
  }
}
