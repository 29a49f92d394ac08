export { describeAddress, isS3, parseS3Address, type S3Address } from './address.ts';
export {
  Bucket,
  type BucketDeps,
  type BucketRequest,
  type ObjectFacts,
  type ObjectHeaders,
  type Precondition,
  type StoredObject,
} from './bucket.ts';
export type { ListedObject, ListingPage } from './listing.ts';
export {
  abortUpload,
  type LargeBody,
  PART_SIZE,
  putInParts,
  type UnfinishedUpload,
  unfinishedUploads,
} from './multipart.ts';
export type { ChecksumSource, ObjectChecksum } from './object-headers.ts';
export type { S3Options } from './options.ts';
export type { StoreBody } from './transport.ts';
export { usable } from './usable.ts';
