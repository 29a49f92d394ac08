import { join } from 'node:path';
import { AtomicFile } from '@crates-mirror/fs-atomic';
import { createSha256 } from '@crates-mirror/hashing/sha256';
import type { FileKind, ParcelFile } from '../parcel/manifest.ts';

/** A file of a parcel that is written once, in pieces, and hashed while it is written. */
export class PlainFile {
  readonly #file: AtomicFile;
  readonly #path: string;
  readonly #digest = createSha256();
  #size = 0;

  constructor(directory: string, name: string) {
    this.#path = join(directory, name);
    this.#file = new AtomicFile({ temporaryPath: `${this.#path}.partial` });
  }

  write(bytes: Uint8Array): void {
    this.#digest.update(bytes);
    this.#size += bytes.length;
    this.#file.write(bytes);
  }

  finish(kind: FileKind, name: string): ParcelFile {
    this.#file.sync();
    this.#file.commit(this.#path);
    return { kind, name, size: this.#size, sha256: this.#digest.digest('hex') };
  }

  discard(): void {
    this.#file.discard();
  }
}
