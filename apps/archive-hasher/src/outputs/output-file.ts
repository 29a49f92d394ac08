import { closeSync, openSync, readSync } from 'node:fs';
import { AtomicFile } from '@crates-mirror/fs-atomic';
import { createSha256 } from '@crates-mirror/hashing';
import { writing } from './write-error.ts';

const BUFFER_SIZE = 1 << 18;

/** One output while it is written, in large pieces, hashed on the way. What fails in writing is a FatalError. */
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
   * @param staging directory for it until it is complete
   * @param place where it will be, for messages
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

  /** Of a finished file, lower-case hex. */
  get sha256(): string {
    return this.#sha256;
  }

  /** Where its bytes are until the commit. */
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

  /** Appends what another finished file holds. */
  append(other: OutputFile): void {
    for (const piece of other.read()) this.write(piece);
  }

  /** What a finished file holds, in pieces; each is good until the next. */
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

  /** Nothing more comes. */
  finish(): void {
    this.#flush();
    this.#sha256 = this.#hash.digest('hex');
  }

  /** Brings it to disk. */
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
