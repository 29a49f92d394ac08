import type { Bucket } from '@crates-mirror/s3';
import { type BytePath, textOf } from '../byte-path.ts';
import { pathOfKey } from './key-path.ts';
import type { WalkedObject } from './walk-bucket.ts';

/**
 * Asks for an object that is not in the listing, which may lag behind.
 *
 * @returns undefined if it does not exist
 */
export async function findObject(
  bucket: Pick<Bucket, 'head'>,
  path: BytePath,
): Promise<WalkedObject | undefined> {
  // Keys are UTF-8.
  const key = textOf(path);
  if (key === undefined || pathOfKey(key).reason !== undefined) return undefined;
  const facts = await bucket.head(key);
  return facts === undefined
    ? undefined
    : { kind: 'object', path, object: { key, size: facts.size, etag: facts.etag } };
}
