import { closeSync, openSync, readSync } from 'node:fs';
import { AtomicFile } from '@crates-mirror/fs-atomic';
import { createSha256 } from '@crates-mirror/hashing';
import { writing } from './write-error.ts';

const BUFFER_SIZE = 1 << 18;

/**
 * An output that is written in large pieces and hashed on the way. Write errors are thrown as
 * FatalError.
 */
export class OutputFile {
  readonly name: string;
  readonly #place: string;
  readonly #file: AtomicFile;
  readonly #hash = createSha256();
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_SIZE);
  #held = 0;
  #size = 0;
  #sha256 = '';

  /**
   * @param staging directory of the file until it is complete
   * @param place final path, for messages
   */
  constructor(staging: string, name: string, place: string) {
    this.name = name;
    this.#place = place;
    this.#file = writing(place, () => new AtomicFile(staging));
  }

  /** bytes */
  get size(): number {
    return this.#size;
  }

  /** Lower-case hex. Only for a finished file. */
  get sha256(): string {
    return this.#sha256;
  }

  /** Path of the file until the commit. */
  get path(): string {
    return this.#file.temporaryPath;
  }

  write(bytes: Uint8Array): void {
    this.#size += bytes.length;
    if (this.#held + bytes.length > BUFFER_SIZE) this.#flush();
    if (bytes.length > BUFFER_SIZE) {
      this.#put(bytes);
      return;
    }
    this.#buffer.set(bytes, this.#held);
    this.#held += bytes.length;
  }

  /** Appends the content of another finished file. */
  append(other: OutputFile): void {
    for (const piece of other.read()) this.write(piece);
  }

  /** The content of a finished file in pieces. Each is valid until the next. */
  *read(): Generator<Buffer> {
    const piece = Buffer.allocUnsafe(BUFFER_SIZE);
    const fd = openSync(this.path, 'r');
    try {
      for (;;) {
        const count = readSync(fd, piece, 0, BUFFER_SIZE, null);
        if (count === 0) return;
        yield piece.subarray(0, count);
      }
    } finally {
      closeSync(fd);
    }
  }

  /** Ends the output: nothing may be written after this. */
  finish(): void {
    this.#flush();
    this.#sha256 = this.#hash.digest('hex');
  }

  /** Flushes the file to disk. */
  sync(): void {
    writing(this.#place, () => this.#file.sync());
  }

  commit(path: string): void {
    writing(path, () => this.#file.commit(path));
  }

  discard(): void {
    this.#file.discard();
  }

  #flush(): void {
    this.#put(this.#buffer.subarray(0, this.#held));
    this.#held = 0;
  }

  #put(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    writing(this.#place, () => this.#file.write(bytes));
    this.#hash.update(bytes);
  }
}
