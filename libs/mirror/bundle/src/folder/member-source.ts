import { type FileHandle, open } from 'node:fs/promises';

/** Source of the content of a large member. */
export interface MemberSource {
  /** @returns exactly `length` bytes, valid until the next call */
  read(start: number, length: number): Promise<Buffer> | Buffer;
  close(): Promise<void> | void;
}

/** @param source a path, or the content itself */
export async function openSource(source: string | Buffer): Promise<MemberSource> {
  if (typeof source === 'string') return new FileSource(source, await open(source, 'r'));
  return { read: (start, length) => source.subarray(start, start + length), close: () => {} };
}

class FileSource implements MemberSource {
  readonly #path: string;
  readonly #file: FileHandle;
  #memory = Buffer.alloc(0);

  constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  async read(start: number, length: number): Promise<Buffer> {
    if (this.#memory.length < length) this.#memory = Buffer.allocUnsafeSlow(length);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await this.#file.read(this.#memory, done, length - done, start + done);
      if (bytesRead === 0)
        throw new Error(`${this.#path} ends after ${start + done} of ${start + length} bytes`);
      done += bytesRead;
    }
    return this.#memory.subarray(0, length);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
