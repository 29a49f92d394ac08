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
 * The outputs of one run until all of them are complete: temporary files in `PREFIX.partial/`,
 * beside their final place. A killed run leaves this directory behind, and the next run with the
 * same prefix empties it.
 */
export class Staging {
  readonly #outDir: string;
  readonly #directory: string;
  readonly #lock: Lock;
  readonly #files: OutputFile[] = [];

  /**
   * @throws UsageError if the directory cannot be written, or another run writes the same outputs
   */
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

  /** Creates an output, or a temporary file that is never published. */
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
   * Renames outputs into place, one after the other. Files that could make a mixture of two runs
   * look complete are removed first, and the last output, which marks completion, is published
   * last.
   *
   * @param files in the order of publication; the last one marks completion
   * @param stale names of an earlier run's files that do not match the new ones
   */
  publish(files: readonly OutputFile[], stale: readonly string[]): void {
    for (const file of files) file.sync();
    for (const name of [files.at(-1)?.name ?? '', ...stale])
      rmSync(join(this.#outDir, name), { force: true });
    for (const file of files) file.commit(join(this.#outDir, file.name));
    flushDirectory(this.#outDir);
  }

  /** Removes unpublished files. */
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
    // The directory may contain files of others, which must not be removed, or may never have been
    // created.
  }
}

/** @throws UsageError if an output cannot have one of the names */
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
