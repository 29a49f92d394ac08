import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { BUNDLES } from '@crates-mirror/bucket-mirror';
import { CrateFiles, type Place } from '@crates-mirror/crate-files';
import { type TestBundles, testBundles, testCrate } from '@crates-mirror/crate-files/test-crates';
import { CodedError } from '@crates-mirror/errors';
import { sha256Hex } from '@crates-mirror/hashing';
import type { ReadableBucket } from './readable-bucket.ts';
import { StoredBundles } from './stored-bundles.ts';

/** The bundles of a directory as objects. */
class DirectoryAsBucket implements ReadableBucket {
  readonly asked: string[] = [];
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  describe(key = ''): string {
    return `s3://test/${key}`;
  }

  async get(key: string): ReturnType<ReadableBucket['get']> {
    this.asked.push(`get ${key}`);
    const body = this.#read(key);
    return body && { body, etag: sha256Hex(body), modifiedAt: 0 };
  }

  async getUnless(key: string, etag: string): ReturnType<ReadableBucket['getUnless']> {
    this.asked.push(`getUnless ${key}`);
    const body = this.#read(key);
    if (body === undefined) return undefined;
    return sha256Hex(body) === etag ? 'unchanged' : { body, etag: sha256Hex(body), modifiedAt: 0 };
  }

  async getRange(key: string, start: number, end: number, etag: string): Promise<Buffer> {
    const body = this.#read(key);
    this.asked.push(`getRange ${key} ${end + 1 - start}`);
    if (body === undefined) throw new CodedError('gone', key);
    if (sha256Hex(body) !== etag) throw new CodedError('changed', key);
    return body.subarray(start, end + 1);
  }

  async *list(begin: string): ReturnType<ReadableBucket['list']> {
    this.asked.push(`list ${begin}`);
    for (const name of readdirSync(this.#root).sort()) {
      const body = this.#read(BUNDLES + name);
      if (body !== undefined) yield { key: BUNDLES + name, size: body.length, etag: sha256Hex(body) };
    }
  }

  #read(key: string): Buffer | undefined {
    try {
      return readFileSync(join(this.#root, key.slice(BUNDLES.length)));
    } catch {
      return undefined;
    }
  }
}

interface Bundled {
  readonly source: string;
  readonly cache: string;
  readonly bucket: DirectoryAsBucket;
  readonly writer: TestBundles;
  open(): CrateFiles;
}

async function bundled(t: TestContext): Promise<Bundled> {
  const scratch = mkdtempSync(join(tmpdir(), 'stored-bundles-'));
  t.after(() => rmSync(scratch, { recursive: true, force: true }));
  const source = join(scratch, 'source');
  const writer = await testBundles(source);
  await writer.add(testCrate(1), testCrate(2));
  await writer.finish();
  const bucket = new DirectoryAsBucket(source);
  const cache = join(scratch, 'cache');
  const open = (): CrateFiles => {
    const bundles = new StoredBundles(bucket, cache);
    const files = new CrateFiles({ mirror: undefined, bundlesDirectory: bundles, onNote: () => {} });
    t.after(() => files.close());
    return files;
  };
  return { source, cache, bucket, writer, open };
}

const bundleIn = (source: string): string =>
  join(source, readdirSync(source).find((name) => name.endsWith('.tar.zst')) as string);

test('members are read by their frames; what has not changed is not copied again', async (t) => {
  const { bucket, cache, writer, open, source } = await bundled(t);
  const files = open();
  const place = (await files.find(testCrate(1))) as Place;
  assert.deepEqual(await files.load(testCrate(1), place), testCrate(1).content);
  const whole = readFileSync(bundleIn(source)).length;
  assert.ok(
    bucket.asked.every((request) => !request.endsWith(` ${whole}`)),
    'no bundle is read as a whole',
  );
  bucket.asked.length = 0;
  assert.equal(await files.find(testCrate(3)), undefined);
  assert.deepEqual(bucket.asked, [
    'getUnless bundles/bundles.index.jsonl',
    'get bundles/.crates-mirror/removals.jsonl',
  ]);

  await writer.add(testCrate(3));
  await writer.finish();
  assert.notEqual(await files.find(testCrate(3)), undefined);
  bucket.asked.length = 0;
  assert.notEqual(await open().find(testCrate(3)), undefined, 'another process');
  assert.deepEqual(
    bucket.asked.filter((request) => request.startsWith('getRange')),
    [],
  );
  // A local copy that is damaged is made anew.
  const [manifest] = readdirSync(join(cache, 'bundles')).filter((name) => name.endsWith('.manifest.jsonl'));
  const path = join(cache, 'bundles', manifest as string);
  const good = readFileSync(path);
  writeFileSync(path, good.toString().replace('crate-001', 'crate-009'));
  assert.notEqual(await open().find(testCrate(1)), undefined);
  assert.deepEqual(readFileSync(path), good);
});

test('a bundle that is replaced or removed in the store is noticed when it is read', async (t) => {
  const { source, cache, open } = await bundled(t);
  const files = open();
  const place = (await files.find(testCrate(1))) as Place;
  const path = bundleIn(source);
  const bytes = readFileSync(path);
  rmSync(path);
  await assert.rejects(files.load(testCrate(1), place), { code: 'gone' });
  await files.refresh(0);
  assert.equal(await files.find(testCrate(1)), undefined);
  assert.deepEqual((await files.lostBundles()).names.length, 1);
  assert.equal(
    readdirSync(join(cache, 'bundles')).some((name) => name.endsWith('.tar.zst')),
    false,
  );
  writeFileSync(path, bytes);
  assert.notEqual(await open().find(testCrate(1)), undefined);
});

test('while the bundles cannot be read, nothing in them counts as absent', async (t) => {
  const { bucket, open } = await bundled(t);
  t.mock.method(bucket, 'get', () => Promise.reject(new Error('503 SlowDown')));
  await assert.rejects(open().find(testCrate(1)), { code: 'unreadable', message: /503 SlowDown/ });
});
