import { WriterLease } from '@crates-mirror/bucket-mirror';
import type { Bucket } from '@crates-mirror/s3';
import { DirectoryHashing, type Hashed, type HashingDeps } from '../hash-directory.ts';
import type { BucketOptions, HasherOptions } from '../options.ts';
import type { Subject } from '../subject.ts';
import { BucketTree } from './bucket-tree.ts';
import { type Listing, listBucket } from './list-bucket.ts';
import { openBucket } from './open-bucket.ts';

/** The objects below a prefix of a bucket. */
export class BucketSubject implements Subject {
  readonly name: string;
  /** The holder of the lock would have been refused. */
  readonly busy = undefined;
  /** A store does not tell how many objects it has. */
  readonly totals = undefined;
  readonly listing: Listing | undefined;
  readonly #bucket: Bucket;

  /** @throws UsageError if there is nothing, another run works on it, or the store refuses */
  static async open(options: BucketOptions, name: string): Promise<BucketSubject> {
    const { bucket, busy } = await openBucket(options);
    if (busy === undefined) return new BucketSubject(bucket, options, name);
    await bucket.close();
    throw busy;
  }

  private constructor(bucket: Bucket, { read }: BucketOptions, name: string) {
    this.#bucket = bucket;
    this.name = name;
    this.listing = read ? undefined : { of: bucket.describe(), store: 0, uploader: 0, none: 0 };
  }

  beginCount(): void {}

  hash(options: HasherOptions, deps: HashingDeps): Promise<Hashed> {
    if (this.listing !== undefined) return listBucket(this.#bucket, this.listing, options, deps);
    return new DirectoryHashing(new BucketTree(this.#bucket), options, deps).run();
  }

  async isDisturbed(): Promise<boolean> {
    return (await WriterLease.refusal(this.#bucket)) !== undefined;
  }

  close(): Promise<void> {
    return this.#bucket.close();
  }
}
