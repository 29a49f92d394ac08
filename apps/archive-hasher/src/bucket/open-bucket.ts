import { WriterLease } from '@crates-mirror/bucket-mirror';
import { UsageError } from '@crates-mirror/errors';
import { Bucket, describeAddress, usable } from '@crates-mirror/s3';
import type { BucketOptions } from '../options.ts';
import { REQUESTS } from './listed-objects.ts';

/** A bucket whose objects can be listed, and the run that works on it. */
export interface OpenBucket {
  readonly bucket: Bucket;
  /** The refusal that another run would get. */
  readonly busy: UsageError | undefined;
}

/** @throws UsageError if there is nothing, or the store refuses */
export async function openBucket({ address, s3 }: BucketOptions): Promise<OpenBucket> {
  const bucket = new Bucket({ address, options: s3, environment: process.env, connections: REQUESTS });
  try {
    if (await usable('--dir', () => isEmpty(bucket)))
      throw new UsageError(`--dir: there are no objects in ${describeAddress(address)}`, {
        hint: 'Is the prefix right?',
      });
    return { bucket, busy: await usable('--dir', () => WriterLease.refusal(bucket)) };
  } catch (error) {
    await bucket.close();
    throw error;
  }
}

async function isEmpty(bucket: Bucket): Promise<boolean> {
  for await (const { objects } of bucket.pages('')) if (objects.length > 0) return false;
  return true;
}
