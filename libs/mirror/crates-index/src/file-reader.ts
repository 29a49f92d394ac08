import { closeSync, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { CodedError } from '@crates-mirror/errors';

const FIRST_SIZE = 1 << 20;
/**
 * Bytes. The largest index file has a few megabytes. A file larger than this is not an index file
 * and is not read into memory.
 */
export const MAX_INDEX_FILE = 64 << 20;

/** Reads one index file after another into the same memory. */
export class FileReader {
  #memory = Buffer.allocUnsafeSlow(FIRST_SIZE);

  /**
   * @param look called with the file's state before its bytes are read
   * @returns the file's bytes, valid until the next call.
   * @throws the system error; CodedError if the file is too large
   */
  read(path: string, look?: (stats: Stats) => void): Buffer {
    const fd = openSync(path, 'r');
    try {
      look?.(fstatSync(fd));
      for (let length = 0; ; ) {
        const count = readSync(fd, this.#memory, length, this.#memory.length - length, null);
        length += count;
        // A read that does not fill the memory was the last one.
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
