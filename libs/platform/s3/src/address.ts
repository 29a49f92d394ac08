import { UsageError } from '@crates-mirror/errors';

/** A location in an object store. */
export interface S3Address {
  readonly bucket: string;
  /** The common prefix of all keys: empty, or with a slash at its end. */
  readonly prefix: string;
}

const SCHEME = 's3://';
/**
 * AWS, "General purpose bucket naming rules", plus the forms allowed in older buckets and other
 * stores.
 */
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/;
/** UTF-8 bytes of a key; the rest has room for the longest path in a mirror. */
const MAX_PREFIX = 512;

/** Whether a path is an address in an object store. */
export function isS3(path: string): boolean {
  return path.toLowerCase().startsWith(SCHEME);
}

/** Parses `s3://bucket/prefix`. @param option its option, for the message. @throws UsageError */
export function parseS3Address(option: string, text: string): S3Address {
  const hint = 'Write it like s3://bucket/prefix';
  if (!isS3(text)) throw new UsageError(`${option}: '${text}' is no address in an object store`, { hint });
  const [bucket = '', ...segments] = text.slice(SCHEME.length).replace(/\/+$/, '').split('/');
  if (!BUCKET.test(bucket))
    throw new UsageError(`${option}: '${bucket}' cannot be a bucket's name`, { hint });
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..'))
    throw new UsageError(`${option}: the prefix in '${text}' has an empty segment, '.' or '..'`, { hint });
  const prefix = segments.map((segment) => `${segment}/`).join('');
  if (/\p{Cc}/u.test(prefix) || Buffer.byteLength(prefix) > MAX_PREFIX)
    throw new UsageError(`${option}: the prefix has control characters, or more than ${MAX_PREFIX} bytes`);
  return { bucket, prefix };
}

/** `s3://bucket/prefix`, for messages */
export function describeAddress({ bucket, prefix }: S3Address, key = ''): string {
  return `${SCHEME}${bucket}/${prefix}${key}`.replace(/\/$/, '');
}
