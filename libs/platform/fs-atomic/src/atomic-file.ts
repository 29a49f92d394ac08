import { closeSync, constants, fstatSync, fsyncSync, openSync, type Stats, writeSync } from 'node:fs';
import { sep } from 'node:path';
import { rename } from './rename.ts';
import { unlinkQuietly } from './replace-file.ts';
import { removeTemporariesBeside, temporaryBeside, temporaryName } from './temporary.ts';

/** Fails if the file does not exist. */
const APPENDED = constants.O_WRONLY | constants.O_APPEND;

/**
 * A file that appears under its final name complete or not at all: created exclusively under a
 * temporary name, renamed by {@link commit}. Temporary directory and final path must be on one file
 * system.
 */
export class AtomicFile {
  /** The location of its bytes until the commit. */
  readonly temporaryPath: string;
  #fd: number;

  /**
   * @param place the directory for the temporary file, or its own path. In the latter case,
   *   leftovers of a killed process are overwritten, and no one else may be writing the file. With
   *   `isAppended`, the existing content is its beginning
   */
  constructor(place: string | { readonly temporaryPath: string; readonly isAppended?: boolean }) {
    const isOwnPath = typeof place === 'object';
    this.temporaryPath = isOwnPath ? place.temporaryPath : `${place}${sep}${temporaryName()}`;
    const flags = isOwnPath ? (place.isAppended === true ? APPENDED : 'w') : 'wx';
    this.#fd = openSync(this.temporaryPath, flags, 0o666);
  }

  write(data: Uint8Array): void {
    for (let offset = 0; offset < data.byteLength; ) {
      offset += writeSync(this.#fd, data, offset);
    }
  }

  sync(): void {
    fsyncSync(this.#fd);
  }

  /**
   * Gives the file its final name, replacing any existing file.
   *
   * @returns its size and times, taken before the rename
   */
  commit(finalPath: string): Stats {
    const stats = fstatSync(this.#fd);
    this.#close();
    try {
      rename(this.temporaryPath, finalPath);
    } catch (error) {
      unlinkQuietly(this.temporaryPath);
      throw error;
    }
    return stats;
  }

  /** Removes the temporary file. Safe to call at any time before {@link commit}. */
  discard(): void {
    if (this.#fd === -1) return;
    this.#close();
    unlinkQuietly(this.temporaryPath);
  }

  #close(): void {
    const fd = this.#fd;
    this.#fd = -1;
    closeSync(fd);
  }
}

/**
 * Writes a whole file atomically.
 *
 * @param options.temporaryDirectory directory of the temporary file, cleared by the next run
 *   [beside the final path; leftovers of a killed process are removed when the file is written
 *   again]
 * @param options.durable flush to disk before the rename, for files that must survive a power cut
 * @returns the file's size and times
 */
export function writeFileAtomic(
  finalPath: string,
  data: Uint8Array | string,
  options: { readonly temporaryDirectory?: string; readonly durable?: boolean } = {},
): Stats {
  const { temporaryDirectory, durable } = options;
  const file = new AtomicFile(temporaryDirectory ?? { temporaryPath: temporaryBeside(finalPath) });
  try {
    file.write(typeof data === 'string' ? Buffer.from(data) : data);
    if (durable === true) file.sync();
    const stats = file.commit(finalPath);
    if (temporaryDirectory === undefined) removeTemporariesBeside(finalPath);
    return stats;
  } finally {
    file.discard();
  }
}
