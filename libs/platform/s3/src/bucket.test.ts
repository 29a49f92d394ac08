import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import { after, before, describe, type TestContext, test } from 'node:test';
import { FatalError } from '@crates-mirror/errors';
import {
  type FaultyProxy,
  makeBucket,
  NO_SWIFT,
  type Swift,
  startFaultyProxy,
  startSwift,
} from '@crates-mirror/object-store';
import { Bucket } from './bucket.ts';
import { s3Options } from './options.ts';
import type { StoreBody } from './transport.ts';

const HEADERS = { contentType: 'text/plain', cacheControl: 'max-age=60' };

function bodyOf(text: string): StoreBody {
  const bytes = Buffer.from(text);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { size: bytes.length, sha256, pieces: () => [bytes.subarray(0, 2), bytes.subarray(2)] };
}

const fails = (code: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof FatalError);
  assert.deepEqual([error.code, message.test(error.message)], [code, true], error.message);
  return true;
};

test('a store that has never answered is given up after another attempt', async (t) => {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const bucket = new Bucket({
    address: { bucket: 'mirror', prefix: '' },
    options: s3Options({ s3Endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }),
    environment: { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret', HOME: '/nonexistent' },
    connections: 1,
    backoff: { retries: 5, baseMs: 1, maxMs: 1 },
  });
  t.after(() => bucket.close());
  await assert.rejects(bucket.get('k'), fails('store_unreachable', /cannot be reached/));
  assert.equal(connections, 2);
});

describe('a bucket of OpenStack Swift', { skip: NO_SWIFT }, () => {
  let swift: Swift;
  let url: string;
  const cleanUps: (() => void | Promise<void>)[] = [];
  before(async () => {
    swift = await startSwift({ after: (cleanUp) => cleanUps.push(cleanUp) });
    url = await makeBucket(swift, 'mirror');
  });
  after(async () => {
    for (const cleanUp of cleanUps) await cleanUp();
  });

  /** Each test has a prefix of its own. */
  function open(
    t: TestContext,
    prefix: string,
    endpoint = swift.endpoint,
    retries = 2,
    more: object = {},
    name = 'mirror',
  ): Bucket {
    const bucket = new Bucket({
      address: { bucket: name, prefix: `${prefix}/` },
      options: { ...s3Options({}), endpoint },
      environment: { ...swift.environment, HOME: '/nonexistent', ...more },
      connections: 2,
      backoff: { retries, baseMs: 1, maxMs: 1 },
      pageSize: 2,
    });
    t.after(() => bucket.close());
    return bucket;
  }

  test('a part of one version is got, and an object that was not changed is not sent', async (t) => {
    const [bucket, proxy] = await withProxy(t, 'part');
    const etag = (await bucket.put('k+1', bodyOf('0123456789'), HEADERS)) as string;
    assert.equal(String(await bucket.getRange('k+1', 2, 4, etag)), '234');
    assert.equal(await bucket.getUnless('k+1', etag), 'unchanged');
    assert.equal(await bucket.getUnless('none', etag), undefined);
    assert.equal(await (await fetch(await bucket.presign('k+1', 60))).text(), '0123456789');
    const changed = { code: 'changed' };
    await assert.rejects(bucket.getRange('k+1', 5, 12, etag), fails('wrong_answer', /5 bytes instead of 8/));
    await assert.rejects(bucket.getRange('k+1', 20, 22, etag), changed);
    await assert.rejects(bucket.getRange('none', 0, 1, etag), { code: 'gone' });
    await bucket.put('k+1', bodyOf('9876543210'), HEADERS);
    await assert.rejects(bucket.getRange('k+1', 2, 4, etag), changed);
    const found = await bucket.getUnless('k+1', etag);
    assert.equal(found === 'unchanged' ? found : String(found?.body), '9876543210');
    proxy.fault = () => 'cut';
    await assert.rejects(bucket.getRange('k+1', 2, 4, etag), fails('store_unreachable', /cannot be reached/));
  });

  async function keysIn(bucket: Bucket): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of bucket.list('')) keys.push(key);
    return keys;
  }

  async function withProxy(t: TestContext, prefix: string, retries = 2): Promise<[Bucket, FaultyProxy]> {
    const proxy = await startFaultyProxy(t, swift.endpoint);
    return [open(t, prefix, proxy.endpoint, retries), proxy];
  }

  test('a put object is listed, reported, and got as it was', async (t) => {
    const bucket = open(t, 'round');
    const keys = ['a+b c/ü(1)!.txt', 'a/1', 'a/2', 'a/3', 'b&<x>'];
    for (const key of keys) await bucket.put(key, bodyOf(key), HEADERS);
    assert.deepEqual((await keysIn(bucket)).sort(), [...keys].sort());
    assert.deepEqual([...(await bucket.directories(''))].sort(), ['a+b c/', 'a/']);
    const { sha256, size } = bodyOf('a/1');
    const facts = await bucket.head('a/1');
    assert.deepEqual([facts?.sha256, facts?.size], [sha256, size]);
    const got = await bucket.get('a+b c/ü(1)!.txt');
    assert.deepEqual([String(got?.body), got?.etag === facts?.etag], ['a+b c/ü(1)!.txt', false]);
    const { headers } = await fetch(`${url}/round/a/1`);
    assert.deepEqual(
      [headers.get('content-type'), headers.get('cache-control')],
      [HEADERS.contentType, HEADERS.cacheControl],
    );
    await bucket.delete('a/1');
    await bucket.delete('a/1');
    assert.deepEqual([await bucket.get('a/1'), await bucket.head('a/1')], [undefined, undefined]);
  });

  test('bytes that are not those of the checksum are refused by the store, and never seen', async (t) => {
    const bucket = open(t, 'wrong');
    const wrong = { ...bodyOf('hello'), sha256: bodyOf('other').sha256 };
    await assert.rejects(bucket.put('k', wrong, HEADERS), fails('checksum_mismatch', /400 BadDigest/));
    await assert.rejects(
      bucket.put('k', { ...bodyOf('hello'), size: 4 }, HEADERS),
      fails('changed', /not the 4 bytes/),
    );
    const torn: StoreBody = {
      ...bodyOf('hello'),
      *pieces() {
        yield Buffer.from('he');
        throw new Error('the disk is gone');
      },
    };
    await assert.rejects(bucket.put('k', torn, HEADERS), /the disk is gone/);
    assert.deepEqual(await keysIn(bucket), []);
  });

  test('SlowDown, an error of the server and a lost connection are met by another attempt', async (t) => {
    const [bucket, proxy] = await withProxy(t, 'again', 3);
    const faults = [
      { status: 503, word: 'SlowDown' },
      { status: 500, word: 'InternalError' },
      'cut',
    ] as const;
    let count = 0;
    proxy.fault = () => faults[count++] ?? 'pass';
    await bucket.put('k', bodyOf('hello'), HEADERS);
    assert.equal(proxy.seen.length, 4);
    assert.equal(String((await bucket.get('k'))?.body), 'hello');
  });

  test('what another attempt cannot better ends at once, in one clear line', async (t) => {
    const [bucket, proxy] = await withProxy(t, 'refused');
    for (const [status, word, code, message] of [
      [
        400,
        'ExpiredToken',
        'expired_credentials',
        /PUT s3:\/\/mirror\/refused\/k: .* credentials have expired/,
      ],
      [403, 'RequestTimeTooSkewed', 'clock_skew', /another time of the day/],
      [507, 'InsufficientStorage', 'store_full', /has no room \(507 InsufficientStorage\)/],
      [403, 'AccessDenied', 'access_denied', /refuses access/],
      [501, 'NotImplemented', 'not_implemented', /does not know such requests/],
      [400, 'MalformedXML', 'store_refused', /answers 400 MalformedXML/],
    ] as const) {
      proxy.fault = () => ({ status, word });
      proxy.seen.length = 0;
      await assert.rejects(bucket.put('k', bodyOf('hello'), HEADERS), fails(code, message));
      assert.equal(proxy.seen.length, 1, word);
    }
    proxy.fault = () => 'cut';
    await assert.rejects(bucket.get('k'), fails('store_unreachable', /cannot be reached/));
  });

  test('a listing that breaks off is none', async (t) => {
    const [bucket, proxy] = await withProxy(t, 'listing', 0);
    for (const key of ['1', '2', '3']) await bucket.put(key, bodyOf(key), HEADERS);
    proxy.fault = (_, query) =>
      query.has('continuation-token') ? { status: 200, word: 'InternalError' } : 'pass';
    await assert.rejects(keysIn(bucket), fails('bad_listing', /no whole listing/));
  });

  test('credentials that are wrong, a bucket that is not there and a clock that is off are reported by the store itself', async (t) => {
    const wrong = open(t, 'x', swift.endpoint, 0, { AWS_SECRET_ACCESS_KEY: 'other-secret' });
    await assert.rejects(wrong.get('k'), (error: Error) => {
      assert.doesNotMatch(JSON.stringify(error) + error.message, /other-secret/);
      return fails('access_denied', /SignatureDoesNotMatch/)(error);
    });
    await assert.rejects(
      open(t, 'x', swift.endpoint, 0, {}, 'none').get('k'),
      fails('no_such_bucket', /404/),
    );
    const bucket = open(t, 'x');
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 3_600_000 });
    await assert.rejects(bucket.get('k'), fails('clock_skew', /RequestTimeTooSkewed/));
    await assert.rejects(bucket.head('k'), fails('clock_skew', /403/));
  });
});
