import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseMember } from '@crates-mirror/bundle';
import { sha256Hex } from '@crates-mirror/hashing/sha256';
import { type MemoryStore, startMemoryStore } from '@crates-mirror/object-store';
import { Gap } from '../../test-crates.ts';

const RECEIVED = 'p/.crates-mirror/carrier/received.json';

interface Trip {
  readonly gap: Gap;
  readonly store: MemoryStore;
  /** What unpacks into the store. */
  readonly options: Parameters<Gap['unpack']>[0];
  /** Packs what is new, and unpacks it into the store. @returns the report */
  carry(): Promise<Record<string, unknown>>;
  unpack(): Promise<Record<string, unknown>>;
}

async function open(t: TestContext): Promise<Trip> {
  const store = await startMemoryStore(t);
  Object.assign(process.env, store.environment);
  const gap = new Gap(t);
  const s3 = { endpoint: store.endpoint, region: undefined, addressing: 'path', caFile: undefined } as const;
  const address = { bucket: 'mirror', prefix: 'p/' };
  const bucket = { name: 's3://mirror/p', address, s3, publicUrl: 'https://m.example/p' };
  const options = { mirror: gap.at('cache'), bucket };
  const unpack = async (): Promise<Record<string, unknown>> => {
    const { code, report } = await gap.unpack(options);
    assert.equal(code, 0);
    return report;
  };
  let isFirst = true;
  return {
    ...{ gap, store, options, unpack },
    carry: async () => {
      const { code } = await gap.pack(isFirst ? {} : { since: gap.at('receipt.json') });
      isFirst = false;
      assert.equal(code, 0);
      return unpack();
    },
  };
}

function textOf(store: MemoryStore, key: string): string {
  return store.bucket.objects.get(key)?.body.toString() ?? '';
}

/** The SHA-256 of all members of stored bundles, each of which is whole. */
function membersIn(store: MemoryStore): Set<string> {
  const members = new Set<string>();
  for (const line of textOf(store, 'p/bundles/bundles.index.jsonl').trimEnd().split('\n')) {
    const { path, sha256, manifest } = JSON.parse(line) as Record<string, string>;
    assert.equal(sha256Hex(store.bucket.objects.get(`p/bundles/${path}`)?.body ?? ''), sha256);
    for (const member of textOf(store, `p/bundles/${manifest}`).trimEnd().split('\n'))
      members.add(parseMember(member)?.sha256 ?? '');
  }
  return members;
}

/** Index files in the store that name crate files. */
function published(store: MemoryStore): Map<string, string> {
  const files = store.bucket.list('p/index/').map(([key, { body }]) => [key.slice(8), String(body)] as const);
  return new Map(files.filter(([path]) => path !== 'config.json'));
}

/** What is published is the near index, and every crate file that it names is in a bundle. */
function checkPublished({ gap, store }: Trip): void {
  const near = [...gap.tree('index')].filter(([path]) => path !== 'config.json');
  assert.deepEqual(published(store), new Map(near));
  const members = membersIn(store);
  for (const text of published(store).values())
    for (const line of text.trimEnd().split('\n'))
      assert.ok(members.has((JSON.parse(line) as { cksum: string }).cksum), line);
}

test('three trips into a store: bundles first, then the index; the cache may be lost at any time', async (t) => {
  const trip = await open(t);
  const { gap, store } = trip;
  for (let i = 0; i < 12; i++) gap.publish(`crate-${i}`, '1.0.0', `crate ${i}`);
  assert.equal((await trip.carry())['crate_files'], 12);
  checkPublished(trip);
  const order = store.seen.filter((line) => /^(PUT|POST)/.test(line));
  const first = order.findIndex((line) => line.startsWith('PUT p/index/'));
  assert.ok(order.findLastIndex((line) => line.includes(' p/bundles/')) < first, order.join('\n'));
  assert.equal(order.at(-1), `PUT ${RECEIVED}`);
  assert.equal(order.at(-2), 'PUT p/index/config.json');
  assert.match(textOf(store, 'p/index/config.json'), /"dl":"https:\/\/m\.example\/p\/crates\//);
  assert.deepEqual(
    [...gap.tree('cache').keys()].filter((path) => path.endsWith('.tar.zst')),
    [],
  );

  rmSync(gap.at('cache'), { recursive: true });
  gap.publish('crate-1', '1.1.0', 'one more version');
  gap.yank('crate-2', '1.0.0');
  gap.delete('crate-3');
  const second = await trip.carry();
  assert.deepEqual([second['sequence'], second['crate_files'], second['index_files_removed']], [2, 1, 1]);
  checkPublished(trip);

  store.seen.length = 0;
  assert.equal((await trip.unpack())['parcels'], 0);
  assert.deepEqual(store.seen, [`GET ${RECEIVED}`, `GET ${RECEIVED}`]);
  gap.publish('crate-4', '1.0.0', 'published anew, with another checksum');
  await trip.carry();
  checkPublished(trip);
});

test('a parcel that was stored, and not recorded yet, is stored no second time', async (t) => {
  const trip = await open(t);
  const { gap, store } = trip;
  for (let i = 0; i < 4; i++) gap.publish(`crate-${i}`, '1.0.0', `crate ${i}`);
  await trip.carry();
  const before = store.bucket.objects.get(RECEIVED);
  assert.ok(before);
  gap.publish('late', '1.0.0', 'a late one');
  await trip.carry();
  store.bucket.objects.set(RECEIVED, before);
  store.seen.length = 0;
  const again = await trip.unpack();
  assert.deepEqual([again['sequence'], again['crate_files'], again['existing']], [2, 0, 1]);
  assert.deepEqual(
    store.seen.filter((line) => /^(PUT|POST)/.test(line) && !line.endsWith('/lock')),
    [`PUT ${RECEIVED}`],
  );
  checkPublished(trip);
});

test('bundles of another mirror, and a record that is damaged, are not written over', async (t) => {
  const trip = await open(t);
  const { gap, store } = trip;
  gap.publish('crate', '1.0.0', 'a crate');
  await trip.carry();
  const record = store.bucket.objects.get(RECEIVED);
  assert.ok(record);
  store.bucket.objects.set(RECEIVED, { ...record, body: Buffer.from('{}') });
  await assert.rejects(trip.unpack(), /^UsageError: s3:\/\/mirror\/p\/.*received\.json is damaged/);
  store.bucket.objects.delete(RECEIVED);

  const other = new Gap(t);
  other.publish('other', '1.0.0', 'of another mirror');
  await other.pack();
  const before = [...store.bucket.objects.keys()].sort();
  await assert.rejects(
    gap.unpack({ ...trip.options, indexDir: gap.at('other-index'), from: other.at('parcels') }),
    /^UsageError: --mirror: s3:\/\/mirror\/p has another bundle by the number of bundle-0001/,
  );
  assert.deepEqual([...store.bucket.objects.keys()].sort(), before);
});

test('what an earlier run has left damaged is copied again; what changes on the medium is not stored', async (t) => {
  const trip = await open(t);
  const { gap, store } = trip;
  gap.publish('crate', '1.0.0', 'a crate');
  await gap.pack();
  const volume = gap.at('parcels/parcel-0001/volume-001');
  const bundle =
    readdirSync(volume).find((name) => name.endsWith('.tar.zst') && name.startsWith('bundle-')) ?? '';
  for (const name of [bundle, bundle.replace('.tar.zst', '.manifest.jsonl')]) {
    const good = readFileSync(join(volume, name));
    store.onRequest = (line) => {
      // The parcel has been checked by then.
      if (line.endsWith('/lock')) writeFileSync(join(volume, name), Buffer.from(good).fill(32, 0, 9));
    };
    await assert.rejects(trip.unpack(), /: its SHA-256 is not|has changed since it was checked/);
    store.onRequest = () => {};
    assert.equal(store.bucket.objects.has(`p/bundles/${bundle}`), false);
    assert.equal(published(store).size, 0);
    writeFileSync(join(volume, name), good);
  }
  // It is a link to the file of the parcel.
  rmSync(gap.at('cache/bundles', bundle), { force: true });
  gap.write(`cache/bundles/${bundle}`, 'left by a disk that was full');
  assert.equal((await trip.unpack())['crate_files'], 1);
  checkPublished(trip);
});
