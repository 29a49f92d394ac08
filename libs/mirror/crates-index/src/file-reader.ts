import { closeSync, openSync, readSync } from 'node:fs';

const FIRST_SIZE = 1 << 20;

/** Reads one small file after the other into the same memory. */
export class FileReader {
  #memory = Buffer.allocUnsafeSlow(FIRST_SIZE);

  /** @returns the file's bytes, until the next call. @throws the system's error */
  read(path: string): Buffer {
    const fd = openSync(path, 'r');
    try {
      for (let length = 0; ; ) {
        const count = readSync(fd, this.#memory, length, this.#memory.length - length, null);
        length += count;
        // A read that leaves room was the last one.
        if (length < this.#memory.length) return this.#memory.subarray(0, length);
        const larger = Buffer.allocUnsafeSlow(2 * this.#memory.length);
        this.#memory.copy(larger);
        this.#memory = larger;
      }
    } finally {
      closeSync(fd);
    }
  }
}
