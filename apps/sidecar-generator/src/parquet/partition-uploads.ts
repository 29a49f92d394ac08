import { unlinkSync } from 'node:fs';
import { putFile } from '@crates-mirror/bucket-mirror/put-file';
import { Tasks } from '@crates-mirror/concurrency/tasks';
import { errorMessage, FatalError } from '@crates-mirror/errors';
import { sha256File } from '@crates-mirror/hashing';
import type { Bucket } from '@crates-mirror/s3';
import { readPartition } from './partition-file.ts';
import { partitionFile, partitionPath } from './partition-name.ts';
import type { PartitionState } from './protocol.ts';

/** Uploads at once. A part of each is in memory. */
const CONCURRENCY = 8;

/** A partition in a bucket. */
export interface StoredPartition extends PartitionState {
  /** bytes */
  readonly size: number;
  readonly etag: string;
}

/** Uploads complete partitions from a local directory, several at a time, and removes them there. */
export class PartitionUploads {
  readonly #bucket: Bucket;
  readonly #directory: string;
  readonly #check: () => void;
  readonly #tasks = new Tasks(CONCURRENCY);

  /** @param check called before each write. @throws FatalError if another run may be writing */
  constructor(bucket: Bucket, directory: string, check: () => void) {
    this.#bucket = bucket;
    this.#directory = directory;
    this.#check = check;
  }

  /**
   * Begins an upload, once there is room for it.
   *
   * @param onStored called when the object is visible
   * @throws FatalError if an earlier upload has failed
   */
  begin(name: string, onStored: (stored: StoredPartition) => void): Promise<void> {
    return this.#tasks.begin(() => this.#store(name, onStored));
  }

  /** @throws FatalError if an upload has failed */
  finish(): Promise<void> {
    return this.#tasks.finish();
  }

  async #store(name: string, onStored: (stored: StoredPartition) => void): Promise<void> {
    this.#check();
    const path = partitionPath(this.#directory, name);
    try {
      const state = readPartition(path);
      if (state === undefined) throw new FatalError('changed', `${path} has changed since it was written`);
      const { sha256, size } = sha256File(path);
      const etag = await putFile(this.#bucket, partitionFile(name), { path, size, sha256 });
      unlinkSync(path);
      onStored({ ...state, size, etag: etag ?? '' });
    } catch (error) {
      if (error instanceof FatalError) throw error;
      throw new FatalError('cannot_store', `cannot store ${path}: ${errorMessage(error)}`, { cause: error });
    }
  }
}
