import { stat } from 'node:fs/promises';
import type { BundleBytes } from '@crates-mirror/crate-files';
import { errorCode } from '@crates-mirror/errors';
import type { ReadableBucket } from './readable-bucket.ts';

export interface StoredBundleDeps {
  readonly bucket: ReadableBucket;
  readonly key: string;
  readonly etag: string;
  /** Path of the local file that stands for it. */
  readonly copy: string;
  /** Called when it is found to be replaced or gone. */
  readonly onChanged: () => void;
}

/** One version of a bundle in an object store. */
export class StoredBundle implements BundleBytes {
  readonly state: BundleBytes['state'];
  readonly #deps: StoredBundleDeps;

  private constructor(deps: StoredBundleDeps, state: BundleBytes['state']) {
    this.#deps = deps;
    this.state = state;
  }

  /** @throws the system error if there is no local file */
  static async open(deps: StoredBundleDeps): Promise<StoredBundle> {
    const { ino, size, mtimeMs } = await stat(deps.copy);
    return new StoredBundle(deps, { inode: ino, size, mtimeMs });
  }

  async read(start: number, size: number): Promise<Buffer> {
    const { bucket, key, etag, onChanged } = this.#deps;
    try {
      return await bucket.getRange(key, start, start + size - 1, etag);
    } catch (error) {
      if (['gone', 'changed'].includes(errorCode(error))) onChanged();
      throw error;
    }
  }

  async reopen(): Promise<void> {}

  close(): void {}
}
