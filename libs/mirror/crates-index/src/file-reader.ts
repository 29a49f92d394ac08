import { closeSync, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { CodedError } from '@crates-mirror/errors';

const FIRST_SIZE = 1 << 20;
/** The largest index file has some megabytes. What is larger than this is none, and is not read into memory. Bytes. */
export const MAX_INDEX_FILE = 64 << 20;

/** Reads one index file after the other into the same memory. */
export class FileReader {
  #memory = Buffer.allocUnsafeSlow(FIRST_SIZE);

  /**
   * @param look gets the file's state before its bytes are read
   * @returns the file's bytes, until the next call. @throws the system's error; CodedError for what is too large
   */
  read(path: string, look?: (stats: Stats) => void): Buffer {
    const fd = openSync(path, 'r');
    try {
      look?.(fstatSync(fd));
      for (let length = 0; ; ) {
        const count = readSync(fd, this.#memory, length, this.#memory.length - length, null);
        length += count;
        // A read that leaves room was the last one.
        if (length < this.#memory.length) return this.#memory.subarray(0, length);
        if (length >= MAX_INDEX_FILE)
          throw new CodedError(
            'too_large',
            `larger than ${MAX_INDEX_FILE >> 20} MiB, which no index file is`,
          );
        const larger = Buffer.allocUnsafeSlow(2 * this.#memory.length);
        this.#memory.copy(larger);
        this.#memory = larger;
      }
    } finally {
      closeSync(fd);
    }
  }
}
