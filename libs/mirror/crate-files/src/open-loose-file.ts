import type { FileHandle } from 'node:fs/promises';
import { CodedError } from '@crates-mirror/errors';
import type { OpenCrateFile } from './open-crate-file.ts';

const READ_SIZE = 128 << 10;

/** A loose crate file opened for reading. */
export class OpenLooseFile implements OpenCrateFile {
  readonly size: number;
  readonly #file: FileHandle;

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.size = size;
  }

  async *read({ start, end }: { start: number; end: number }): AsyncGenerator<Buffer> {
    for (let at = start; at <= end; ) {
      const length = Math.min(READ_SIZE, end + 1 - at);
      const { buffer, bytesRead } = await this.#file.read(Buffer.allocUnsafe(length), 0, length, at);
      if (bytesRead === 0) throw new CodedError('damaged', 'the file ends too early');
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  }

  close(): void {
    // Nothing was written, so a failure to close does not matter.
    this.#file.close().catch(() => {});
  }
}
