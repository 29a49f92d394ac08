import type { Bucket } from '@crates-mirror/s3';

/** A bucket as bundles are read from it. */
export type ReadableBucket = Pick<Bucket, 'get' | 'getUnless' | 'getRange' | 'list' | 'describe'>;
