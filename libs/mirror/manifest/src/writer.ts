import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';

const NEWLINE = 0x0a;

/** Appends lines to a manifest; what is there is never changed. */
export class ManifestWriter {
  readonly path: string;
  readonly #fd: number;
  #isTorn = false;

  /** @throws the system's error when the file cannot be opened for appending */
  constructor(path: string) {
    this.path = path;
    this.#fd = openSync(path, 'a+', 0o666);
    closeTornLine(this.#fd);
  }

  /**
   * After a failure some of the lines may be there, and half of one; what comes next begins on a line of its own.
   *
   * @param lines whole lines, UTF-8
   * @throws the system's error
   */
  append(lines: Uint8Array): void {
    if (this.#isTorn) closeTornLine(this.#fd);
    this.#isTorn = true;
    for (let offset = 0; offset < lines.byteLength; ) {
      offset += writeSync(this.#fd, lines, offset);
    }
    this.#isTorn = false;
  }

  /** Brings all that was appended to disk. @throws the system's error */
  flush(): void {
    try {
      fsyncSync(this.#fd);
    } catch (error) {
      // Devices (`--manifest /dev/null`) have nothing to flush.
      if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
    }
  }

  close(): void {
    try {
      this.flush();
    } finally {
      closeSync(this.#fd);
    }
  }
}

/**
 * A run killed within a write leaves half a line: what follows must not be glued to it.
 *
 * @param fd open for reading and appending
 */
export function closeTornLine(fd: number): void {
  const stats = fstatSync(fd);
  if (!stats.isFile() || stats.size === 0) return;
  const last = Buffer.alloc(1);
  readSync(fd, last, 0, 1, stats.size - 1);
  if (last[0] !== NEWLINE) writeSync(fd, '\n');
}
