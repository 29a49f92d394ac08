import type { S3Address } from '@crates-mirror/s3/address';
import type { S3Options } from '@crates-mirror/s3/options';

/** A mirror in an object store, as named on a command line. */
export interface BucketPlace {
  /** `s3://bucket/prefix` */
  readonly name: string;
  readonly address: S3Address;
  readonly s3: S3Options;
  /** Where clients find the prefix, for its index; undefined to publish no index. */
  readonly publicUrl: string | undefined;
}
