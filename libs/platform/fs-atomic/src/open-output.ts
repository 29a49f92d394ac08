import { closeSync, fsyncSync, openSync, realpathSync, statSync, writeSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { errorMessage, UsageError } from '@crates-mirror/errors';
import { AtomicFile } from './atomic-file.ts';
import { makeDirectories } from './make-directories.ts';

/** What an option names and a run writes whole. */
export interface Output {
  write(data: Uint8Array): void;
  sync(): void;
  /** Gives a file its final name, in place of what has it. */
  commit(): void;
  /** Removes what is not committed. Safe to call at any time. */
  discard(): void;
}

/**
 * Opens an output: `PATH.partial` until it is committed to `path`, through a link to where that leads. A device or a pipe
 * (`/dev/null`, `/dev/stdout`) is written as it is: a rename would put a file in its place, for everybody.
 *
 * @param option for messages
 * @throws UsageError when it cannot be written
 */
export function openOutput(option: string, path: string): Output {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isDirectory() === true) throw new Error('it is a directory');
    if (stats !== undefined && !stats.isFile()) return new Stream(path);
    const target = stats === undefined ? path : realpathSync(path);
    makeDirectories(dirname(resolve(target)));
    return new WholeFile(target);
  } catch (error) {
    throw new UsageError(`${option}: cannot write to ${path}: ${errorMessage(error)}`);
  }
}

class WholeFile implements Output {
  readonly #path: string;
  readonly #file: AtomicFile;

  constructor(path: string) {
    this.#path = path;
    this.#file = new AtomicFile({ temporaryPath: `${path}.partial` });
  }

  write(data: Uint8Array): void {
    this.#file.write(data);
  }

  sync(): void {
    this.#file.sync();
  }

  commit(): void {
    this.#file.commit(this.#path);
  }

  discard(): void {
    this.#file.discard();
  }
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
