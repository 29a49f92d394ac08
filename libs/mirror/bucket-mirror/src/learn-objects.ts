import { forEachOf } from '@crates-mirror/concurrency/for-each-of';
import type { Bucket, ListedObject } from '@crates-mirror/s3';
import type { KnownObjects } from './known-objects.ts';
import { listInParallel } from './list-in-parallel.ts';
import { ObjectTable } from './object-table.ts';

/** Parallel listings. */
const LISTINGS = 16;
/** Parallel requests for the checksums of a page of objects. */
const HEADS = 8;
const CONTROL = /\p{Cc}/u;

export interface LearnDeps {
  readonly bucket: Pick<Bucket, 'pages' | 'head'>;
  readonly known: KnownObjects;
  /** Of the keys, ends in a slash. */
  readonly directory: string;
  /** Whether an object concerns this run; others are passed over [all]. */
  readonly isOurs?: (key: string) => boolean;
  /** Called from time to time. */
  readonly onProgress?: (learnt: Learnt) => void;
  /** Stops when it is aborted. */
  readonly signal?: AbortSignal;
}

/** What a listing has shown. */
export interface Learnt {
  /** Objects in the listing. */
  listed: number;
  /** Objects whose checksum had to be requested. */
  asked: number;
  /** Objects that were known, and are gone. */
  gone: number;
}

/**
 * Makes the notes about a directory's objects agree with the store, by one listing. No body is
 * read: the checksum of an object that is new, or has another size or ETag than before, is
 * requested. If the store and the uploader have recorded none, the object does not count as known.
 * An object that is missing from the listing is requested as well, because a listing may lag
 * behind.
 *
 * @throws FatalError if the store cannot be listed completely
 */
export async function learnObjects(deps: LearnDeps): Promise<Learnt> {
  const { bucket, known, directory, isOurs = () => true, onProgress = () => {}, signal } = deps;
  const learnt: Learnt = { listed: 0, asked: 0, gone: 0 };
  const table = new ObjectTable();
  const ask = async (key: string): Promise<boolean> => {
    signal?.throwIfAborted();
    const facts = await bucket.head(key);
    const { sha256 } = facts ?? {};
    if (facts === undefined || sha256 === undefined) known.forget(key);
    else known.remember(key, { ...facts, sha256 });
    return facts !== undefined;
  };
  await listInParallel(bucket, directory, LISTINGS, async (objects) => {
    signal?.throwIfAborted();
    const ours = objects.filter(({ key }) => !CONTROL.test(key) && isOurs(key));
    for (const object of ours) table.set(object);
    const unknown = ours.filter((object) => !isKnown(known, object));
    learnt.listed += ours.length;
    learnt.asked += unknown.length;
    await forEachOf(unknown, HEADS, async ({ key }) => void (await ask(key)));
    // After a kill, the next run goes on from here.
    if (unknown.length > 0) known.flush();
    onProgress(learnt);
  });
  await forEachOf(missingFrom(table, known.keys(directory)), LISTINGS, async (key) => {
    learnt.asked += 1;
    if (!(await ask(key))) learnt.gone += 1;
    onProgress(learnt);
  });
  known.flush();
  return learnt;
}

function isKnown(known: KnownObjects, { key, size, etag }: ListedObject): boolean {
  const before = known.find(key);
  return before?.size === size && before.etag === etag;
}

function* missingFrom(table: ObjectTable, keys: Iterable<string>): Generator<string> {
  for (const key of keys) if (table.sizeOf(key) === undefined) yield key;
}
