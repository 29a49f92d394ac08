import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';

const NEWLINE = 0x0a;

/** Appends lines to a manifest; what is there is never changed. */
export class ManifestWriter {
  readonly path: string;
  readonly #fd: number;

  /** @throws the system's error when the file cannot be opened for appending */
  constructor(path: string) {
    this.path = path;
    this.#fd = openSync(path, 'a+', 0o666);
    closeTornLine(this.#fd);
  }

  /** @param lines whole lines, UTF-8 */
  append(lines: Uint8Array): void {
    for (let offset = 0; offset < lines.byteLength; ) {
      offset += writeSync(this.#fd, lines, offset);
    }
  }

  close(): void {
    try {
      fsyncSync(this.#fd);
    } catch (error) {
      // Devices (`--manifest /dev/null`) have nothing to flush.
      if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
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
