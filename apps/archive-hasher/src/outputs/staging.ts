import { lstatSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, errorMessage, UsageError } from '@crates-mirror/errors';
import {
  acquireLock,
  flushDirectory,
  isLock,
  type Lock,
  type LockHolder,
  makeDirectories,
  removeTemporaries,
} from '@crates-mirror/fs-atomic';
import { stagingName } from './names.ts';
import { OutputFile } from './output-file.ts';
import { whatToDo } from './write-error.ts';

/**
 * The outputs of one run until all of them are complete: under temporary names in `PREFIX.partial/`, next to where they
 * will be. A run that is killed leaves that directory, which the next one with this prefix empties.
 */
export class Staging {
  readonly #outDir: string;
  readonly #directory: string;
  readonly #lock: Lock;
  readonly #files: OutputFile[] = [];

  /** @throws UsageError when nothing can be written there, or another run writes the same */
  static open(outDir: string, prefix: string): Staging {
    const directory = join(outDir, stagingName(prefix));
    let lock: Lock | LockHolder;
    try {
      makeDirectories(directory);
      lock = acquireLock(join(directory, 'lock'));
    } catch (error) {
      removeEmpty(directory);
      throw cannotWrite(outDir, error);
    }
    if (!isLock(lock))
      throw new UsageError(
        `another run (process ${lock.pid} on ${lock.host}) is writing ${join(outDir, prefix)}.*`,
        { hint: 'Wait for it, or give another --out-prefix' },
      );
    removeTemporaries(directory);
    return new Staging(outDir, directory, lock);
  }

  private constructor(outDir: string, directory: string, lock: Lock) {
    this.#outDir = outDir;
    this.#directory = directory;
    this.#lock = lock;
  }

  /** A new output, or what this run writes for itself and never publishes. */
  create(name: string): OutputFile {
    const file = new OutputFile(
      this.#directory,
      name,
      name === '' ? this.#directory : join(this.#outDir, name),
    );
    this.#files.push(file);
    return file;
  }

  /**
   * Gives outputs their names, one after the other. What would make a set of files of two runs look whole goes first
   * and comes last.
   *
   * @param files in the order in which they appear; the last one tells that all are there
   * @param stale names of an earlier run's files that do not fit the new ones
   */
  publish(files: readonly OutputFile[], stale: readonly string[]): void {
    for (const file of files) file.sync();
    for (const name of [files.at(-1)?.name ?? '', ...stale])
      rmSync(join(this.#outDir, name), { force: true });
    for (const file of files) file.commit(join(this.#outDir, file.name));
    flushDirectory(this.#outDir);
  }

  /** Removes what was not published. */
  close(): void {
    for (const file of this.#files) file.discard();
    this.#lock.release();
    removeEmpty(this.#directory);
  }
}

function removeEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // What somebody else has put there is not ours to remove; and there may have been no room for it at all.
  }
}

/** @throws UsageError when one of the names cannot be that of an output */
export function checkFinalNames(outDir: string, names: readonly string[]): void {
  for (const name of names) {
    if (isDirectory(outDir, name))
      throw new UsageError(`${join(outDir, name)} is a directory, and an output is to have that name`, {
        hint: 'Give another --out-prefix',
      });
  }
}

function isDirectory(outDir: string, name: string): boolean {
  try {
    return lstatSync(join(outDir, name), { throwIfNoEntry: false })?.isDirectory() === true;
  } catch (error) {
    throw cannotWrite(outDir, error);
  }
}

function cannotWrite(outDir: string, error: unknown): UsageError {
  return new UsageError(`--out-dir: cannot write to ${outDir}: ${errorMessage(error)}`, {
    hint: errorCode(error) === 'ENAMETOOLONG' ? 'Give a shorter --out-prefix' : whatToDo(error),
  });
}
