import { FatalError } from '@crates-mirror/errors';
import type { Bucket, ListedObject } from '@crates-mirror/s3';
import { type BytePath, comparePaths, toBytePath } from '../byte-path.ts';

/**
 * Objects of a directory that are listed with all that is below it, and sorted in memory. A
 * directory with more of them is listed level by level.
 */
const MAX_SORTED = 20_000;

export type ListedBucket = Pick<Bucket, 'pages' | 'describe'>;

/**
 * Lists all objects of a bucket in the order of a walk. A store lists keys by their bytes, in which a
 * `/` sorts behind a `-`.
 *
 * @param isClosed whether a directory is to be left out; called in the same order
 * @param directory key, with a slash at its end, or empty
 * @throws FatalError if the store cannot be listed completely
 */
export async function* inWalkOrder(
  bucket: ListedBucket,
  isClosed: (directory: BytePath) => boolean,
  directory = '',
  maxSorted = MAX_SORTED,
): AsyncGenerator<ListedObject> {
  const few = await listUpTo(bucket, directory, maxSorted);
  if (few !== undefined) {
    yield* few.sort((a, b) => comparePaths(toBytePath(a.key), toBytePath(b.key)));
    return;
  }
  // Objects directly in the directory are in order, and may be very many.
  const directories = await directoriesIn(bucket, directory);
  let first = 0;
  const before = async function* (name: BytePath | undefined): AsyncGenerator<ListedObject> {
    for (; first < directories.length; first++) {
      const below = directories[first] as string;
      if (name !== undefined && toBytePath(below.slice(0, -1)) >= name) return;
      if (!isClosed(toBytePath(below))) yield* inWalkOrder(bucket, isClosed, below, maxSorted);
    }
  };
  let last: BytePath = '';
  for await (const { objects } of bucket.pages(directory, '/'))
    for (const object of objects) {
      const name = toBytePath(object.key);
      if (name < last)
        throw new FatalError('bad_listing', `list ${bucket.describe(directory)}: it is not in order`);
      last = name;
      yield* before(name);
      yield object;
    }
  yield* before(undefined);
}

/** @returns undefined if there are more */
async function listUpTo(
  bucket: ListedBucket,
  directory: string,
  most: number,
): Promise<ListedObject[] | undefined> {
  const found: ListedObject[] = [];
  for await (const { objects } of bucket.pages(directory)) {
    for (const object of objects) found.push(object);
    if (found.length > most) return undefined;
  }
  return found;
}

/** Keys of the directories directly in a directory, by the bytes of their names. */
async function directoriesIn(bucket: ListedBucket, directory: string): Promise<string[]> {
  // Some stores repeat a directory on the next page.
  const found = new Set<string>();
  for await (const { prefixes } of bucket.pages(directory, '/'))
    for (const prefix of prefixes) found.add(prefix);
  return [...found].sort((a, b) => comparePaths(toBytePath(a.slice(0, -1)), toBytePath(b.slice(0, -1))));
}
