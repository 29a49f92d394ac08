import { forEachOf } from '@crates-mirror/concurrency/for-each-of';
import type { Bucket, ListedObject } from '@crates-mirror/s3';

/**
 * With more directories than this, those with the same first two characters are listed together:
 * a layout may have one directory for each crate.
 */
const MAX_LISTINGS = 2000;

/**
 * Lists all objects below a directory, several of its directories at a time, in no particular
 * order.
 *
 * @param directory ends in a slash, or is empty
 * @param take called with up to a page of objects of one directory
 * @throws FatalError if the listing is not complete
 */
export async function listInParallel(
  bucket: Pick<Bucket, 'pages'>,
  directory: string,
  concurrency: number,
  take: (objects: readonly ListedObject[]) => void | Promise<void>,
  maxListings = MAX_LISTINGS,
): Promise<void> {
  const directories: string[] = [];
  for await (const { objects, prefixes } of bucket.pages(directory, '/')) {
    directories.push(...prefixes);
    if (objects.length > 0) await take(objects);
  }
  const listings =
    directories.length > maxListings ? grouped(directories, directory.length + 2) : directories;
  await forEachOf(listings, concurrency, async (begin) => {
    for await (const { objects } of bucket.pages(begin)) {
      const nested =
        listings === directories ? objects : objects.filter(({ key }) => isBelow(key, directory));
      if (nested.length > 0) await take(nested);
    }
  });
}

/** The distinct beginnings of some directories. */
function grouped(directories: readonly string[], length: number): string[] {
  return [...new Set(directories.map((name) => name.slice(0, length)))];
}

/** Whether a key is in a directory of `directory`, rather than directly in it. */
function isBelow(key: string, directory: string): boolean {
  return key.indexOf('/', directory.length) !== -1;
}
