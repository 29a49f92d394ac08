import { errorMessage } from '@crates-mirror/errors';
import type { Bucket, ChecksumSource } from '@crates-mirror/s3';
import type { BytePath } from '../byte-path.ts';
import type { IsLeftOut } from '../tree/walk.ts';
import { lookAhead } from './look-ahead.ts';
import { type BucketEntry, statsOf, type WalkedObject, walkBucket } from './walk-bucket.ts';

/** Requests for checksums at once. */
export const REQUESTS = 64;

/** An object that was not read. */
export interface ListedEntry {
  readonly kind: 'listed';
  readonly path: BytePath;
  /** bytes */
  readonly size: number;
  /** ns since 1970 */
  readonly mtimeNs: bigint;
  /** Lower-case hex; undefined if neither the store nor the uploader has recorded it. */
  readonly sha256: string | undefined;
  readonly sha256From: ChecksumSource | undefined;
  /** Why size or checksum may not be those of the object. */
  readonly problem: string | undefined;
}

type Other = Exclude<BucketEntry, WalkedObject>;

/**
 * The objects below a prefix of a bucket, in the order of a walk, with the checksums that the store
 * has of them. Asking for a checksum is one request per object; no content is read.
 *
 * @throws FatalError if the store refuses, or does not answer
 */
export async function* listedObjects(
  bucket: Bucket,
  isLeftOut: IsLeftOut,
): AsyncGenerator<ListedEntry | Other> {
  const entries = lookAhead(walkBucket(bucket, isLeftOut), (entry) => ask(bucket, entry), {
    limit: REQUESTS,
    weigh: ({ kind }) => (kind === 'object' ? 1 : 0),
  });
  for await (const entry of entries) {
    const { outcome } = entry;
    const settled = await outcome;
    if (settled instanceof Error) throw settled;
    yield settled;
  }
}

/** The outcome is in an object, since an iterator would await it. */
interface Asked {
  readonly outcome: Promise<ListedEntry | Other | Error> | Other;
}

function ask(bucket: Bucket, entry: BucketEntry): Asked {
  if (entry.kind !== 'object') return { outcome: entry };
  // An error is thrown when it is the entry's turn.
  return { outcome: listedEntry(bucket, entry).catch(asError) };
}

export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(errorMessage(error));
}

/** Asks for an object's checksum. */
export async function listedEntry(
  bucket: Pick<Bucket, 'head'>,
  { path, object }: WalkedObject,
): Promise<ListedEntry | Other> {
  const { key, size, etag } = object;
  const facts = await bucket.head(key);
  if (facts === undefined)
    return { kind: 'skipped', path, reason: 'was removed meanwhile', isUnreadable: true };
  const isSame = facts.size === size && facts.etag === etag;
  const { sha256, sha256From } = isSame ? facts : {};
  const { mtimeNs } = statsOf(object);
  const problem = isSame ? undefined : 'changed while it was listed';
  return { kind: 'listed', path, size, mtimeNs, sha256, sha256From, problem };
}
