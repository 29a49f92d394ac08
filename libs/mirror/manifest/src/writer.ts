import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';

const NEWLINE = 0x0a;

/** Appends lines to a manifest. Existing lines are never changed. */
export class ManifestWriter {
  readonly path: string;
  readonly #fd: number;
  #isTorn = false;

  /** @throws the system error if the file cannot be opened for appending */
  constructor(path: string) {
    this.path = path;
    this.#fd = openSync(path, 'a+', 0o666);
    closeTornLine(this.#fd);
  }

  /**
   * Appends lines. A failure may leave some of the lines and part of one. The next call then starts
   * a new line.
   *
   * @param lines whole lines, UTF-8
   * @throws the system error
   */
  append(lines: Uint8Array): void {
    if (this.#isTorn) closeTornLine(this.#fd);
    this.#isTorn = true;
    for (let offset = 0; offset < lines.byteLength; ) {
      offset += writeSync(this.#fd, lines, offset);
    }
    this.#isTorn = false;
  }

  /** Flushes everything appended to disk. */
  flush(): void {
    try {
      fsyncSync(this.#fd);
    } catch (error) {
      // Devices (`--manifest /dev/null`) cannot be flushed.
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
 * Terminates a line torn by a kill during a write, so that the next line does not continue it.
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
