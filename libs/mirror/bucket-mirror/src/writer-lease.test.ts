import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { hostname } from 'node:os';
import { after, before, describe, type TestContext, test } from 'node:test';
import { UsageError } from '@crates-mirror/errors';
import { type LockHolder, thisProcess } from '@crates-mirror/fs-atomic';
import { sha256Hex } from '@crates-mirror/hashing';
import {
  type FaultyProxy,
  makeBucket,
  NO_SWIFT,
  type Swift,
  startFaultyProxy,
  startSwift,
} from '@crates-mirror/object-store';
import { Bucket } from '@crates-mirror/s3';
import { WriterLease } from './writer-lease.ts';

const KEY = '.crates-mirror/lock';
const MINUTE = 60_000;

let swift: Swift;
const cleanUps: (() => unknown)[] = [];

/** Each test has its own prefix. */
async function openBucket(t: TestContext, prefix: string): Promise<[Bucket, FaultyProxy]> {
  const proxy = await startFaultyProxy(t, swift.endpoint);
  const bucket = new Bucket({
    address: { bucket: 'mirror', prefix: `${prefix}/` },
    options: { endpoint: proxy.endpoint, region: undefined, addressing: undefined, caFile: undefined },
    environment: { ...swift.environment, HOME: '/nonexistent' },
    connections: 2,
    backoff: { retries: 0, baseMs: 1, maxMs: 1 },
  });
  t.after(() => bucket.close());
  return [bucket, proxy];
}

async function leave(bucket: Bucket, holder: Partial<LockHolder>, until: number): Promise<void> {
  const bytes = Buffer.from(JSON.stringify({ ...thisProcess(), ...holder, until }));
  const body = { size: bytes.length, sha256: sha256Hex(bytes), pieces: () => [bytes] };
  await bucket.put(KEY, body, { contentType: 'application/json', cacheControl: 'no-store' });
}

const held = (who: RegExp) => (error: unknown) => error instanceof UsageError && who.test(error.message);

describe('the lock object of a site in OpenStack Swift', { skip: NO_SWIFT }, () => {
  before(async () => {
    swift = await startSwift({ after: (cleanUp) => cleanUps.push(cleanUp) });
    await makeBucket(swift, 'mirror');
  });
  after(async () => {
    for (const cleanUp of cleanUps) await cleanUp();
  });

  test('one run has it; a dead one, or one that is silent for long, has it no more', async (t) => {
    const [bucket, proxy] = await openBucket(t, 'site');
    const first = await WriterLease.take(bucket);
    first.check();
    await assert.rejects(
      WriterLease.take(bucket),
      held(new RegExp(`process ${process.pid} on ${hostname()}`)),
    );
    await first.release();
    assert.equal(await bucket.get(KEY), undefined);

    const elsewhere = { host: 'other.example', pid: 1 };
    await leave(bucket, elsewhere, Date.now() + MINUTE);
    await assert.rejects(WriterLease.take(bucket), held(/process 1 on other\.example/));
    await leave(bucket, elsewhere, Date.now() - 1);
    await (await WriterLease.take(bucket)).release();
    const { pid } = spawnSync(process.execPath, ['-e', '0']);
    await leave(bucket, { pid }, Date.now() + MINUTE);
    const second = await WriterLease.take(bucket);

    // A store with conditional writes reports that another writer was first.
    proxy.fault = (line) => (line.startsWith('PUT') ? { status: 412, word: 'PreconditionFailed' } : 'pass');
    await second.release();
    await assert.rejects(WriterLease.take(bucket), held(/another run is working on s3:\/\/mirror\/site/));
  });

  test('a run that has lost it writes nothing more', async (t) => {
    const [bucket] = await openBucket(t, 'lost');
    const lease = await WriterLease.take(bucket);
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 21 * MINUTE });
    assert.throws(() => lease.check(), { code: 'lease_lost' });
    t.mock.timers.reset();
    await leave(bucket, { host: 'other.example' }, Date.now() + MINUTE);
    await lease.release();
    assert.notEqual(await bucket.get(KEY), undefined, 'the lock of another run stays');
  });

  test('a lock object that makes no sense is nobody’s to remove', async (t) => {
    const [bucket] = await openBucket(t, 'damaged');
    const bytes = Buffer.from('{"pid":');
    const body = { size: bytes.length, sha256: sha256Hex(bytes), pieces: () => [bytes] };
    await bucket.put(KEY, body, { contentType: 'application/json', cacheControl: 'no-store' });
    await assert.rejects(WriterLease.take(bucket), held(/lock is damaged/));
  });
});
