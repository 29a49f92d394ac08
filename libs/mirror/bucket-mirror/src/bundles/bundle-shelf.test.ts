import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { BundleFolder, NewCatalogEntry } from '@crates-mirror/bundle';
import { type MemoryStore, startMemoryStore } from '@crates-mirror/object-store';
import type { BundleShelf } from './bundle-shelf.ts';
import { ShelfInTest } from './shelf-in-test.ts';

const CATALOG = 'p/bundles/bundles.index.jsonl';

interface Shelves {
  readonly store: MemoryStore;
  /** Local folder of bundles. */
  readonly directory: string;
  readonly notes: string[];
  open(): Promise<BundleShelf>;
  folder(shelf: BundleShelf): Promise<BundleFolder>;
  /** Writes a bundle with one member, and finishes it here. */
  bundle(shelf: BundleShelf, name: string): Promise<NewCatalogEntry>;
  /** Loses everything that is only here. */
  loseCache(): void;
}

async function shelves(t: TestContext): Promise<Shelves> {
  const store = await startMemoryStore(t);
  const root = mkdtempSync(join(tmpdir(), 'shelf-'));
  const shelf = new ShelfInTest(root, store.endpoint);
  t.after(async () => {
    await shelf.close();
    rmSync(root, { recursive: true });
  });
  return {
    ...{ store, directory: shelf.directory, notes: shelf.notes },
    open: () => shelf.open(),
    folder: (opened) => shelf.folder(opened),
    bundle: async (opened, name) => {
      const finished: NewCatalogEntry[] = [];
      await shelf.write(await shelf.folder(opened), [name], (entry) => void finished.push(entry));
      return finished[0] as NewCatalogEntry;
    },
    loseCache: () => {
      for (const entry of readdirSync(root)) rmSync(join(root, entry), { recursive: true });
      shelf.makeDirectories();
    },
  };
}

const keysIn = ({ bucket }: MemoryStore): string[] => [...bucket.objects.keys()].sort();
const isBundle = (name: string): boolean => name.endsWith('.tar.zst');

test('a finished bundle is stored in parts, its catalog line last; then it is no longer here', async (t) => {
  const { store, directory, open, bundle, folder } = await shelves(t);
  const shelf = await open();
  const entry = await bundle(shelf, 'serde');
  await shelf.add(entry);
  await shelf.done();
  assert.deepEqual(
    keysIn(store),
    [
      `p/bundles/${entry.manifest}`,
      `p/bundles/${entry.path}`,
      `p/bundles/${entry.path}.sha256`,
      CATALOG,
    ].sort(),
  );
  assert.equal(store.seen.filter((line) => line.startsWith('PUT')).at(-1), `PUT ${CATALOG}`);
  assert.equal(
    store.bucket.objects.get(`p/bundles/${entry.path}`)?.headers['x-amz-meta-sha256'],
    entry.sha256,
  );
  assert.deepEqual(readdirSync(directory).filter(isBundle), []);
  assert.deepEqual((await folder(shelf)).held, ['bundle-0001']);

  store.seen.length = 0;
  const next = await open();
  assert.deepEqual((await folder(next)).held, ['bundle-0001']);
  assert.deepEqual(store.seen, [`GET ${CATALOG}`, 'GET ', `HEAD p/bundles/${entry.path}`], 'no body is read');
  store.seen.length = 0;
  await open();
  assert.deepEqual(store.seen, [`GET ${CATALOG}`, 'GET ']);
});

test('without a local cache, members are known by the manifests, and numbers go on', async (t) => {
  const { store, open, bundle, folder, loseCache } = await shelves(t);
  const shelf = await open();
  await shelf.add(await bundle(shelf, 'serde'));
  await shelf.done();
  // The kill came before the catalog was stored.
  const [catalog, line] = [store.bucket.objects.get(CATALOG), CATALOG];
  store.bucket.objects.delete(line);
  loseCache();
  const again = await open();
  assert.deepEqual((await folder(again)).held, ['bundle-0001']);
  const { finished_at: _, ...made } = JSON.parse(String(store.bucket.objects.get(CATALOG)?.body));
  const { finished_at: __, ...before } = JSON.parse(String(catalog?.body));
  assert.deepEqual(made, before, 'the line is made anew');
  assert.equal((await bundle(again, 'rand')).bundle, 'bundle-0002');
});

test('a bundle that a killed run has left here is stored by the next', async (t) => {
  const { store, directory, open, bundle, folder } = await shelves(t);
  const killed = await open();
  const entry = await bundle(killed, 'serde');
  const bytes = readFileSync(join(directory, entry.path));
  const next = await open();
  await next.storeLeft((await folder(next)).held);
  await next.done();
  assert.ok(store.bucket.objects.get(`p/bundles/${entry.path}`)?.body.equals(bytes));
  // A kill after that, but before it was removed here.
  writeFileSync(join(directory, entry.path), bytes);
  store.seen.length = 0;
  const last = await open();
  await last.storeLeft((await folder(last)).held);
  await last.done();
  assert.ok(!existsSync(join(directory, entry.path)));
  assert.deepEqual(
    store.seen.filter((line) => !/^(GET|HEAD)/.test(line)),
    [],
  );
});

test('what the store has lost is stored anew from here, or is mirrored anew; a damaged bundle is not stored', async (t) => {
  const { store, directory, notes, open, bundle, folder } = await shelves(t);
  const shelf = await open();
  const entry = await bundle(shelf, 'serde');
  await shelf.add(entry);
  await shelf.done();
  store.bucket.objects.delete(`p/bundles/${entry.manifest}`);
  await open();
  assert.match(notes.at(-1) ?? '', /manifest\.jsonl is missing or damaged: stored anew from/);
  assert.ok(store.bucket.objects.has(`p/bundles/${entry.manifest}`));
  store.bucket.objects.delete(`p/bundles/${entry.path}`);
  const without = await open();
  assert.deepEqual((await folder(without)).held, []);
  assert.match(notes.at(-1) ?? '', /is missing: its members are mirrored anew/);

  const other = await bundle(without, 'rand');
  const path = join(directory, other.path);
  const bytes = readFileSync(path);
  bytes[100] = (bytes[100] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  await without.add(other);
  await assert.rejects(without.done(), { code: 'changed', message: /is damaged: its SHA-256 is not/ });
  assert.ok(!store.bucket.objects.has(`p/bundles/${other.path}`));
  assert.ok(existsSync(path));
});

test('a bundle whose checksum nobody has noted counts by its own seek table', async (t) => {
  const { store, open, bundle, loseCache } = await shelves(t);
  const shelf = await open();
  const entry = await bundle(shelf, 'serde');
  await shelf.add(entry);
  await shelf.done();
  const key = `p/bundles/${entry.path}`;
  const { body } = store.bucket.objects.get(key) as { body: Buffer };
  store.bucket.put(key, body, {});
  loseCache();
  assert.equal((await open()).isStored(entry), true);
  store.bucket.put(key, Buffer.concat([body.subarray(0, -1), Buffer.from('x')]), {});
  loseCache();
  assert.equal((await open()).isStored(entry), false);
});
