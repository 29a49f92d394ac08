import { readdirSync, readFileSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
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
import { DataSet, type LaneOptions } from './data-set.ts';
import { isMarked, MARKER, MARKER_TEXT, notOurs, otherVersion } from './marker.ts';
import { partitionCalled, partitionPath } from './partition-name.ts';
import type { PartitionOptions } from './protocol.ts';

const LOCK = 'data-set.lock';

/** A data set in a directory. */
export class DirectoryDataSet extends DataSet {
  readonly #directory: string;
  readonly #lock: Lock;

  /**
   * Locks the directory for this run.
   *
   * @param mustExist reject a directory that is not yet a data set, because its file system may not
   * be mounted
   * @throws UsageError
   */
  static open(directory: string, mustExist = false): DirectoryDataSet {
    try {
      if (mustExist && readMarker(directory) === undefined)
        throw notThere('data set', directory, '--parquet-out');
      makeDirectories(directory);
      const lock = takeLock(directory);
      try {
        mark(directory);
        // Left by a killed run: the lock excludes any other run.
        removeTemporaries(directory);
        return new DirectoryDataSet(directory, lock);
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
    super(directory);
    this.#directory = directory;
    this.#lock = lock;
  }

  lanes({ place, hasRaw, level }: LaneOptions): PartitionOptions {
    return { place, hasRaw, level, directory: this.#directory, known: undefined };
  }

  async release(): Promise<void> {
    this.#lock.release();
  }

  protected names(): string[] {
    return readdirSync(this.#directory).flatMap((name) => partitionCalled(name) ?? []);
  }

  protected async remove(name: string): Promise<void> {
    unlinkSync(partitionPath(this.#directory, name));
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
  const marker = readMarker(directory);
  if (marker !== undefined) {
    if (!isMarked(marker)) throw otherVersion(join(directory, MARKER));
    return;
  }
  const found = readdirSync(directory).find((name) => name.endsWith('.parquet'));
  if (found !== undefined) throw notOurs(directory, found);
  writeFileAtomic(join(directory, MARKER), MARKER_TEXT);
}

/** @returns undefined if there is none */
function readMarker(directory: string): string | undefined {
  try {
    return readFileSync(join(directory, MARKER), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
