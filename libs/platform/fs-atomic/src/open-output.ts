import { closeSync, fsyncSync, openSync, realpathSync, statSync, writeSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { errorMessage, UsageError, writeHint } from '@crates-mirror/errors';
import { AtomicFile } from './atomic-file.ts';
import { acquireLock, isLock, type Lock } from './lock.ts';
import { makeDirectories } from './make-directories.ts';

/** An output file named by an option, which a run writes completely. */
export interface Output {
  write(data: Uint8Array): void;
  sync(): void;
  /** Gives the file its final name, replacing any existing file. */
  commit(): void;
  /** Removes an uncommitted file. Safe to call at any time. */
  discard(): void;
}

/**
 * Opens an output: `PATH.partial` until it is committed to `path`, or to the target if that is a
 * link. A device or a pipe (`/dev/null`, `/dev/stdout`) is written directly: a rename would replace
 * it with a file, for everybody. Only one run at a time writes a file; leftovers of a killed run
 * are overwritten by the next.
 *
 * @param option for messages
 * @throws UsageError when it cannot be written, or another run is writing it
 */
export function openOutput(option: string, path: string): Output {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isDirectory() === true) throw new Error('it is a directory');
    if (stats !== undefined && !stats.isFile()) return new Stream(path);
    const target = stats === undefined ? path : realpathSync(path);
    makeDirectories(dirname(resolve(target)));
    return WholeFile.open(option, target);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${option}: cannot write to ${path}: ${errorMessage(error)}`, writeHint(error));
  }
}

class WholeFile implements Output {
  readonly #path: string;
  readonly #file: AtomicFile;
  readonly #lock: Lock;

  static open(option: string, path: string): WholeFile {
    const lock = takeLock(option, path);
    try {
      return new WholeFile(path, lock);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  private constructor(path: string, lock: Lock) {
    this.#path = path;
    this.#file = new AtomicFile({ temporaryPath: partialOf(path) });
    this.#lock = lock;
  }

  write(data: Uint8Array): void {
    this.#file.write(data);
  }

  sync(): void {
    this.#file.sync();
  }

  commit(): void {
    try {
      this.#file.commit(this.#path);
    } finally {
      this.#lock.release();
    }
  }

  discard(): void {
    this.#file.discard();
    this.#lock.release();
  }
}

function partialOf(path: string): string {
  return `${path}.partial`;
}

/** @throws UsageError when another run has it */
function takeLock(option: string, path: string): Lock {
  const lockFile = `${partialOf(path)}.lock`;
  const lock = acquireLock(lockFile);
  if (isLock(lock)) return lock;
  const { pid, host, since } = lock;
  throw new UsageError(
    `${option}: another run (process ${pid} on ${host}, since ${since}) is writing ${path}`,
    {
      hint: `Wait for it, or remove ${lockFile} if you are sure that it is gone`,
    },
  );
}

class Stream implements Output {
  #fd: number;

  constructor(path: string) {
    this.#fd = openSync(path, 'w');
  }

  write(data: Uint8Array): void {
    for (let offset = 0; offset < data.byteLength; ) offset += writeSync(this.#fd, data, offset);
  }

  sync(): void {
    try {
      fsyncSync(this.#fd);
    } catch (error) {
      // Pipes and most devices have nothing to flush.
      if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
    }
  }

  commit(): void {
    this.discard();
  }

  discard(): void {
    if (this.#fd !== -1) closeSync(this.#fd);
    this.#fd = -1;
  }
}
