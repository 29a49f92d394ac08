import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type BytePath, bytesOf } from '../byte-path.ts';
import { reasonOf } from './reason.ts';
import type { Source } from './source.ts';

/**
 * Does not follow a file that has become a symbolic link, and does not wait for one that has become
 * a pipe.
 */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const CHANGED = 'changed while it was read';
/** In /proc, content is generated while it is read. */
const SIZELESS = 'has content, though its size is 0; none of it was taken in';

/**
 * The content of a file, with exactly the size that it had when it was examined. Missing bytes are
 * filled with zeros, additional ones are left out, and both are reported.
 */
export class FileSource implements Source {
  readonly #fd: number;
  readonly #before: BigIntStats;
  #problem: string | undefined;

  /** @throws the system's error */
  constructor(path: BytePath, stats: BigIntStats) {
    this.#fd = openSync(bytesOf(path), FLAGS);
    this.#before = stats;
    try {
      // It may have become something whose state changes when it is read.
      if (!fstatSync(this.#fd).isFile()) this.#problem = CHANGED;
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
  }

  /** Reads the next bytes. @param room no larger than the remaining size of the file */
  fill(room: Buffer): void {
    let filled = 0;
    try {
      while (filled < room.length && this.#problem === undefined) {
        const count = readSync(this.#fd, room, filled, room.length - filled, null);
        if (count === 0)
          this.#problem = 'became shorter while it was read; zeros stand for the missing bytes';
        filled += count;
      }
    } catch (error) {
      this.#problem = `${reasonOf(error)}; zeros stand for what could not be read`;
    }
    room.fill(0, filled);
  }

  /** @returns why the bytes that were read may differ from the file */
  close(): string | undefined {
    try {
      const { dev, ino, size, mtimeNs, ctimeNs } = fstatSync(this.#fd, { bigint: true });
      const before = this.#before;
      const isSame =
        dev === before.dev &&
        ino === before.ino &&
        size === before.size &&
        mtimeNs === before.mtimeNs &&
        ctimeNs === before.ctimeNs;
      if (!isSame) this.#problem ??= CHANGED;
      else if (size === 0n && this.#hasMore()) this.#problem ??= SIZELESS;
    } catch (error) {
      // If the file was removed, a network file system may no longer know it.
      this.#problem ??= `${reasonOf(error)}; it may have changed while it was read`;
    } finally {
      closeSync(this.#fd);
    }
    return this.#problem;
  }

  /** @throws the system's error */
  #hasMore(): boolean {
    return readSync(this.#fd, Buffer.alloc(1), 0, 1, null) > 0;
  }
}
