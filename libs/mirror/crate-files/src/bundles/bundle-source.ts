import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileState } from './file-state.ts';

/** Where the bundles of a mirror are. */
export interface BundleSource {
  /**
   * A folder with the catalog, the manifests and the journal of removals. It also has the bundles,
   * but of one that is elsewhere only the seek table: the rest of such a file is a hole.
   */
  readonly directory: string;
  /**
   * Brings that folder up to date with the place that it stands for, if there is one.
   *
   * @throws CodedError if that is not possible now
   */
  refresh(): Promise<void>;
  /** Opens a bundle of the folder by its file name. @throws the system error */
  open(name: string): Promise<BundleBytes>;
}

/** The bytes of an open bundle, which can be read even if its file is renamed or removed. */
export interface BundleBytes {
  /** Of the file when it was opened. */
  readonly state: FileState;
  /** @returns fewer bytes at the end. @throws the error of the system or of the object store */
  read(start: number, size: number): Promise<Buffer>;
  /** Opens the same file again for later reads. After ESTALE, a handle may never work again. */
  reopen(): Promise<void>;
  close(): void;
}

/** A folder of bundles on a disk. */
export function bundlesIn(directory: string): BundleSource {
  return {
    directory,
    refresh: async () => {},
    open: (name) => LocalBundle.open(join(directory, name)),
  };
}

/** A bundle on a disk. */
class LocalBundle implements BundleBytes {
  readonly state: FileState;
  readonly #path: string;
  #file: FileHandle;

  private constructor(path: string, file: FileHandle, state: FileState) {
    this.#path = path;
    this.#file = file;
    this.state = state;
  }

  static async open(path: string): Promise<LocalBundle> {
    const file = await open(path, 'r');
    const { ino, size, mtimeMs } = await file.stat();
    return new LocalBundle(path, file, { inode: ino, size, mtimeMs });
  }

  async read(start: number, size: number): Promise<Buffer> {
    const { buffer, bytesRead } = await this.#file.read(Buffer.allocUnsafe(size), 0, size, start);
    return buffer.subarray(0, bytesRead);
  }

  async reopen(): Promise<void> {
    const file = await open(this.#path, 'r').catch(() => undefined);
    const inode = await file?.stat().then(
      ({ ino }) => ino,
      () => undefined,
    );
    const isSame = inode === this.state.inode;
    const useless = isSame ? this.#file : file;
    if (isSame) this.#file = file as FileHandle;
    await useless?.close().catch(() => {});
  }

  close(): void {
    // Nothing was written, so a failure to close does not matter.
    this.#file.close().catch(() => {});
  }
}
