import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startMemoryStore } from '@crates-mirror/object-store';
import { openBucket } from './open-bucket.ts';

test('a prefix without objects is refused, and the run that works on a mirror is named', async (t) => {
  const store = await startMemoryStore(t);
  const before = { ...process.env };
  Object.assign(process.env, store.environment);
  t.after(() => {
    process.env = before;
  });
  const s3 = { endpoint: store.endpoint, region: undefined, addressing: undefined, caFile: undefined };
  const open = async (): Promise<string | undefined> => {
    const address = { bucket: 'mirror', prefix: 'm/' };
    const { bucket, busy } = await openBucket({ address, s3, read: false });
    await bucket.close();
    return busy?.message;
  };
  await assert.rejects(open(), { code: 'usage', message: '--dir: there are no objects in s3://mirror/m' });
  store.bucket.put('m/a', Buffer.from('a'), {});
  assert.equal(await open(), undefined);
  const holder = { pid: 1, host: 'other.example', since: 'noon', started: '' };
  const lock = (until: number): void =>
    void store.bucket.put('m/.crates-mirror/lock', Buffer.from(JSON.stringify({ ...holder, until })), {});
  lock(Date.now() + 600_000);
  assert.match(
    (await open()) ?? '',
    /another run \(process 1 on other\.example, since noon\) is working on s3:\/\/mirror\/m/,
  );
  lock(Date.now() - 1);
  assert.equal(await open(), undefined);
});
