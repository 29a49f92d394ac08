import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, type TestContext, test } from 'node:test';
import { FatalError } from '@crates-mirror/errors';
import {
  type FaultyProxy,
  makeBucket,
  NO_SWIFT,
  type Swift,
  startFaultyProxy,
  startMemoryStore,
  startSwift,
} from '@crates-mirror/object-store';
import { Bucket } from './bucket.ts';
import {
  abortUpload,
  type LargeBody,
  putInParts,
  type UnfinishedUpload,
  unfinishedUploads,
} from './multipart.ts';
import { s3Options } from './options.ts';

const HEADERS = { contentType: 'application/zstd', cacheControl: 'max-age=60' };
/** The least that S3 and Swift accept. */
const PART = 5 << 20;
const BYTES = Buffer.alloc(PART + 1000, 'crate');
const BODY: LargeBody = {
  size: BYTES.length,
  sha256: createHash('sha256').update(BYTES).digest('hex'),
  read: (from, length) => Promise.resolve(BYTES.subarray(from, from + length)),
};

describe('objects in parts, in OpenStack Swift', { skip: NO_SWIFT }, () => {
  let swift: Swift;
  const cleanUps: (() => void | Promise<void>)[] = [];
  before(async () => {
    swift = await startSwift({ after: (cleanUp) => cleanUps.push(cleanUp) });
    await makeBucket(swift, 'mirror');
  });
  after(async () => {
    for (const cleanUp of cleanUps) await cleanUp();
  });

  async function open(t: TestContext, prefix: string): Promise<[Bucket, FaultyProxy]> {
    const proxy = await startFaultyProxy(t, swift.endpoint);
    const bucket = new Bucket({
      address: { bucket: 'mirror', prefix: `${prefix}/` },
      options: { ...s3Options({}), endpoint: proxy.endpoint },
      environment: { ...swift.environment, HOME: '/nonexistent' },
      connections: 2,
      backoff: { retries: 2, baseMs: 1, maxMs: 1 },
    });
    t.after(() => bucket.close());
    return [bucket, proxy];
  }

  async function keysIn(bucket: Bucket): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of bucket.list('')) keys.push(key);
    return keys;
  }

  async function uploadsIn(bucket: Bucket): Promise<UnfinishedUpload[]> {
    const uploads: UnfinishedUpload[] = [];
    for await (const upload of unfinishedUploads(bucket, '')) uploads.push(upload);
    return uploads;
  }

  test('an object is there once all of its parts are, whatever fails on the way', async (t) => {
    const [bucket, proxy] = await open(t, 'whole');
    let cuts = 0;
    proxy.fault = (_, query) => {
      if (query.get('partNumber') !== '2' || cuts === 2) return 'pass';
      cuts += 1;
      return cuts === 1 ? 'cut' : { status: 503, word: 'SlowDown' };
    };
    const read: LargeBody['read'] = async (from, length) => {
      assert.deepEqual(await keysIn(bucket), []);
      return BODY.read(from, length);
    };
    await putInParts(bucket, 'b.tar.zst', { ...BODY, read }, HEADERS, undefined, PART);
    assert.ok((await bucket.get('b.tar.zst'))?.body.equals(BYTES));
    const facts = await bucket.head('b.tar.zst');
    assert.deepEqual([facts?.size, facts?.sha256], [BODY.size, BODY.sha256]);
    assert.equal((await uploadsIn(bucket)).length, 0);
  });

  test('an upload that fails is aborted; one that a killed run has left is listed, and aborted', async (t) => {
    const [bucket, proxy] = await open(t, 'left');
    proxy.fault = (_, query) =>
      query.has('partNumber') || query.get('uploadId') !== null
        ? { status: 507, word: 'InsufficientStorage' }
        : 'pass';
    const isFull = (error: unknown): boolean => error instanceof FatalError && error.code === 'store_full';
    await assert.rejects(putInParts(bucket, 'b', BODY, HEADERS, undefined, PART), isFull);
    proxy.fault = () => 'pass';
    // The abort was refused as well, as if the run had been killed.
    const [left, ...others] = await uploadsIn(bucket);
    assert.deepEqual([left?.key, others], ['b', []]);
    if (left !== undefined) {
      await abortUpload(bucket, left);
      await abortUpload(bucket, left);
    }
    proxy.fault = (_, query) => (query.has('partNumber') ? { status: 507, word: 'QuotaExceeded' } : 'pass');
    await assert.rejects(putInParts(bucket, 'b', BODY, HEADERS, undefined, PART), isFull);
    assert.deepEqual(await uploadsIn(bucket), []);
    assert.deepEqual(await keysIn(bucket), []);
  });
});

test('a store that leaves the ETag of a completed upload empty, as Ceph does, is asked for it', async (t) => {
  const store = await startMemoryStore(t);
  const proxy = createServer((request, reply) => {
    const { method, headers } = request;
    const forwarded = httpRequest(store.endpoint + request.url, { method, headers }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.on('end', () => {
        const body = Buffer.concat(pieces)
          .toString('latin1')
          .replace(/<ETag>.*<\/ETag>/, '<ETag></ETag>');
        const { 'content-length': length, ...others } = answer.headers;
        const sent = method === 'HEAD' ? { ...others, 'content-length': length } : others;
        reply.writeHead(answer.statusCode ?? 0, sent).end(body, 'latin1');
      });
    });
    request.pipe(forwarded);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const bucket = new Bucket({
    address: { bucket: 'mirror', prefix: 'p/' },
    options: { ...s3Options({}), endpoint: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` },
    environment: { ...store.environment, HOME: '/nonexistent' },
    connections: 2,
  });
  t.after(async () => {
    await bucket.close();
    proxy.closeAllConnections();
    proxy.close();
  });
  const etag = await putInParts(bucket, 'bundle', BODY, HEADERS, undefined, PART);
  assert.equal(etag, store.bucket.objects.get('p/bundle')?.etag);
  assert.match(etag ?? '', /^[0-9a-f]{32}-2$/);
});
