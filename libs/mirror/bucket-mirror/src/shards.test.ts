import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isInShard } from '@crates-mirror/layout/crates-of-shard';
import { startMemoryStore } from '@crates-mirror/object-store';
import { Bucket } from '@crates-mirror/s3';
import { isKeyInShard, WriterLease } from './index.ts';

test('a key tells its shard by its crate; others tell none', () => {
  const shard = { number: 1, count: 3 };
  const is = isInShard('serde', shard);
  for (const key of [
    'crates/se/rd/serde-1.0.0.crate',
    'crates/serde/serde-1.0.0+b.crate',
    'crates/se/rd/serde-1.0.0 b.crate',
    'index/se/rd/serde',
  ])
    assert.equal(isKeyInShard(key, shard), is, key);
  assert.equal(isKeyInShard('.crates-mirror/manifests/m.shard-1-of-3.T.jsonl', shard), true);
  assert.equal(isKeyInShard('.crates-mirror/manifests/m.shard-1-of-4.T.jsonl', shard), false);
  for (const key of ['index/config.json', 'crates/readme', '.crates-mirror/lock', 'bundles/x'])
    assert.equal(isKeyInShard(key, shard), undefined, key);
});

test('writers of shards exclude one of the whole, not each other; the dead exclude nobody', async (t) => {
  const store = await startMemoryStore(t);
  const bucket = new Bucket({
    address: { bucket: 'mirror', prefix: 'p/' },
    options: { endpoint: store.endpoint, region: undefined, addressing: 'path', caFile: undefined },
    environment: { ...store.environment, HOME: '/nonexistent' },
    connections: 2,
  });
  t.after(() => bucket.close());
  const [first, second] = [1, 2].map((number) => ({ number, count: 2 }));
  const isHeld = { message: /another run \(process \d+ on .*\) is working on s3:\/\/mirror\/p/ };
  const one = await WriterLease.take(bucket, first);
  const two = await WriterLease.take(bucket, second);
  assert.ok(one.isConditional && two.isConditional);
  await assert.rejects(WriterLease.take(bucket, first), isHeld);
  await assert.rejects(WriterLease.take(bucket), isHeld);
  await assert.rejects(WriterLease.take(bucket, { number: 3, count: 4 }), isHeld);
  two.check();
  await one.release();
  await two.release();
  const whole = await WriterLease.take(bucket);
  await assert.rejects(WriterLease.take(bucket, first), isHeld);
  await whole.release();
  assert.deepEqual([...store.bucket.objects.keys()], []);
  const dead = { pid: 1, host: 'other.example', since: 'noon', started: '', until: Date.now() - 1 };
  store.bucket.put('p/.crates-mirror/lock', Buffer.from(JSON.stringify(dead)), {});
  await (await WriterLease.take(bucket, first)).release();
});
