import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListedObject, ListingPage } from '@crates-mirror/s3';
import fc from 'fast-check';
import { comparePaths, toBytePath } from '../byte-path.ts';
import { Exclusions } from '../exclude/exclusions.ts';
import { inWalkOrder, type ListedBucket } from './listing-order.ts';
import { lookAhead } from './look-ahead.ts';
import { walkBucket } from './walk-bucket.ts';

/** A bucket with pages of two, in the order of the keys' bytes. */
function bucketOf(keys: readonly string[], sizes: Readonly<Record<string, number>> = {}): ListedBucket {
  const sorted = [...new Set(keys)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return {
    describe: () => 's3://bucket',
    async *pages(begin: string, delimiter?: string): AsyncGenerator<ListingPage> {
      let objects: ListedObject[] = [];
      let prefixes: string[] = [];
      for (const key of sorted.filter((one) => one.startsWith(begin))) {
        const end = delimiter === undefined ? -1 : key.indexOf(delimiter, begin.length);
        if (end === -1) objects.push({ key, size: sizes[key] ?? 1, etag: 'e' });
        else if (prefixes.at(-1) !== key.slice(0, end + 1)) prefixes.push(key.slice(0, end + 1));
        if (objects.length + prefixes.length < 2) continue;
        yield { objects, prefixes: [...new Set(prefixes)], next: 'more' };
        [objects, prefixes] = [[], []];
      }
      yield { objects, prefixes, next: undefined };
    },
  };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const name = fc.string({
  unit: fc.constantFrom('a', 'b', '-', ' ', '.', '0', 'é', '😀'),
  minLength: 1,
  maxLength: 3,
});
const key = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));

test('objects are listed in the order in which a walk meets files, however many are sorted at once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(key, { maxLength: 20 }), fc.integer({ min: 0, max: 4 }), async (keys, most) => {
      const listed = await all(inWalkOrder(bucketOf(keys), () => false, '', most));
      const expected = [...new Set(keys)].sort((a, b) => comparePaths(toBytePath(a), toBytePath(b)));
      assert.deepEqual(
        listed.map((object) => object.key),
        expected,
      );
    }),
    { numRuns: 300 },
  );
});

test('what is left out is left out with all below it, and counted once; directories come first', async () => {
  const exclusions = new Exclusions([{ pattern: 'logs' }, { pattern: '**/*.tmp' }]);
  const keys = ['a-', 'a/b/c', 'a/b/d.tmp', 'a/e', 'logs/1', 'logs/2/3', 'logs', 'z/'];
  const bucket = bucketOf([...keys, '../up', 'a//b', 'odd/'], { 'z/': 0 });
  const walked = await all(walkBucket(bucket, (path) => exclusions.leavesOut(path)));
  assert.deepEqual(
    walked.map((entry) => `${entry.kind} ${entry.path}`),
    [
      'directory ..',
      'skipped ../up',
      'directory a',
      'directory a/',
      'skipped a//b',
      'directory a/b',
      'object a/b/c',
      'object a/e',
      'object a-',
      'directory odd',
      'skipped odd/',
    ],
  );
  assert.deepEqual(
    exclusions.leftOut.map(({ count }) => count),
    [2, 1],
  );
});

test('work is begun ahead, up to a limit, and its results come in order', async () => {
  let underWay = 0;
  let most = 0;
  const items = (async function* (): AsyncGenerator<number> {
    for (let i = 0; i < 10; i++) yield i;
  })();
  const begin = (i: number): { readonly i: number } => {
    underWay += 1;
    most = Math.max(most, underWay);
    return { i };
  };
  const found: number[] = [];
  for await (const { i } of lookAhead(items, begin, { limit: 4, weigh: (item) => (item === 5 ? 9 : 1) })) {
    underWay -= 1;
    found.push(i);
  }
  assert.deepEqual(found, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(most, 4);
});
