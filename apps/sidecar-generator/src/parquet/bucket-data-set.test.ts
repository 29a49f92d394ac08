import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type MemoryStore, startMemoryStore } from '@crates-mirror/object-store';
import type { DataSetBucket } from '../options.ts';
import { BucketDataSet } from './bucket-data-set.ts';

interface Place {
  readonly store: MemoryStore;
  readonly cache: string;
  open(mustExist?: boolean): Promise<BucketDataSet>;
}

async function place(t: TestContext): Promise<Place> {
  const store = await startMemoryStore(t);
  const before = { ...process.env };
  Object.assign(process.env, store.environment);
  const cache = mkdtempSync(join(tmpdir(), 'data-set-'));
  t.after(() => {
    process.env = before;
    rmSync(cache, { recursive: true });
  });
  const options: DataSetBucket = {
    address: { bucket: 'mirror', prefix: 'data/' },
    s3: { endpoint: store.endpoint, region: undefined, addressing: undefined, caFile: undefined },
    cacheDirectory: cache,
  };
  return { store, cache, open: (mustExist = false) => BucketDataSet.open(options, mustExist) };
}

test('a killed run leaves nothing: its uploads are aborted, and its partitions under way removed', async (t) => {
  const { store, cache, open } = await place(t);
  await assert.rejects(open(true), /there is no data set in s3:\/\/mirror\/data/);
  assert.equal(store.bucket.objects.size, 0);
  store.bucket.begin('data/se.parquet', {});
  store.bucket.begin('other/se.parquet', {});
  mkdirSync(join(cache, 'partitions'));
  writeFileSync(join(cache, 'partitions/se.parquet'), 'of a killed run');
  const dataSet = await open();
  assert.deepEqual(
    [...store.bucket.uploads.values()].map(({ key }) => key),
    ['other/se.parquet'],
  );
  assert.deepEqual(readdirSync(join(cache, 'partitions')), []);
  await assert.rejects(open(), /another run \(process \d+ on .*\) uses /);
  await dataSet.release();
  assert.deepEqual([...store.bucket.objects.keys()], ['data/data-set.json']);
  await (await open(true)).release();
});

test('Parquet files of others are not replaced; a partition that is none of ours is not known', async (t) => {
  const { store, cache, open } = await place(t);
  store.bucket.put('data/sales.parquet', Buffer.from('x'), {});
  await assert.rejects(open(), /s3:\/\/mirror\/data has sales\.parquet, and is no data set of this tool/);
  store.bucket.objects.clear();
  store.bucket.put('data/data-set.json', Buffer.from('{"format_version":9}'), {});
  await assert.rejects(open(), /data-set\.json is of another version of this tool, or damaged/);
  store.bucket.put('data/data-set.json', Buffer.from('{"format_version":1}'), {});
  for (const body of ['', 'short', 'no footer at all', `${'x'.repeat(9)}\0\0\0\0PAR1`])
    store.bucket.put(`data/${body.length % 10}.parquet`, Buffer.from(body), {});
  const dataSet = await open();
  assert.equal(dataSet.lanes({ place: 'p', hasRaw: false, level: 3 }).known?.size, 0);
  assert.deepEqual(dataSet.stale(), ['0', '5', '6', '7']);
  await dataSet.release();
  assert.ok(existsSync(join(cache, 'partitions.json')));
});
