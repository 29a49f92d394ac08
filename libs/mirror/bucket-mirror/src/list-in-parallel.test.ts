import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListedObject, ListingPage } from '@crates-mirror/s3';
import fc from 'fast-check';
import { listInParallel } from './list-in-parallel.ts';

/** A bucket with pages of two objects. */
function bucketOf(keys: readonly string[]) {
  return {
    async *pages(begin: string, delimiter?: string): AsyncGenerator<ListingPage> {
      const found = keys.filter((key) => key.startsWith(begin));
      const end = (key: string): number =>
        delimiter === undefined ? -1 : key.indexOf(delimiter, begin.length);
      const prefixes = [
        ...new Set(found.filter((key) => end(key) !== -1).map((key) => key.slice(0, end(key) + 1))),
      ];
      const objects: ListedObject[] = found
        .filter((key) => end(key) === -1)
        .map((key) => ({ key, size: key.length, etag: key }));
      for (let at = 0; at < Math.max(objects.length, 1); at += 2)
        yield { objects: objects.slice(at, at + 2), prefixes: at === 0 ? prefixes : [], next: undefined };
    },
  };
}

test('every object below a directory is listed once, however the directories are divided', async () => {
  const name = fc.constantFrom('a', 'ab', 'abc', 'abd', '1', 'b.crate');
  const key = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => `crates/${parts.join('/')}`);
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(key), fc.nat({ max: 4 }), async (keys, maxListings) => {
      const listed: string[] = [];
      const take = (objects: readonly ListedObject[]): void => {
        listed.push(...objects.map((object) => object.key));
      };
      await listInParallel(bucketOf([...keys, 'index/a']), 'crates/', 3, take, maxListings);
      assert.deepEqual(listed.sort(), [...keys].sort());
    }),
  );
});
