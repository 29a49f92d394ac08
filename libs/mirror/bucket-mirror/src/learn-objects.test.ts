import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { ListingPage, ObjectFacts } from '@crates-mirror/s3';
import { KnownObjects } from './known-objects.ts';
import { type Learnt, learnObjects } from './learn-objects.ts';

const KEY = 'crates/se/rd/serde-1.0.0.crate';
const OTHER = 'crates/3/s/syn-1.0.0.crate';
const FACTS: ObjectFacts = { size: 3, etag: 'e1', sha256: 'a'.repeat(64) };

/** A bucket whose listing may differ from its objects. */
class Store {
  readonly objects = new Map<string, ObjectFacts>();
  readonly hidden = new Set<string>();
  readonly asked: string[] = [];

  async *pages(begin: string, delimiter?: string): AsyncGenerator<ListingPage> {
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(begin) && !this.hidden.has(key));
    const prefixes = keys.map((key) => `crates/${key.split('/')[1]}/`);
    const objects = keys.map((key) => ({ key, ...(this.objects.get(key) as ObjectFacts) }));
    yield delimiter === undefined
      ? { objects, prefixes: [], next: undefined }
      : { objects: [], prefixes: [...new Set(prefixes)], next: undefined };
  }

  async head(key: string): Promise<ObjectFacts | undefined> {
    this.asked.push(key);
    return this.objects.get(key);
  }
}

function open(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'known-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const store = new Store();
  return {
    store,
    known: () => new KnownObjects(directory),
    learn(): Promise<Learnt> {
      store.asked.length = 0;
      return learnObjects({ bucket: store, known: new KnownObjects(directory), directory: 'crates/' });
    },
  };
}

test('what was lost is learnt anew by a listing; then nothing is requested for an object', async (t) => {
  const { store, known, learn } = open(t);
  store.objects.set(KEY, FACTS).set(OTHER, { ...FACTS, sha256: undefined });
  assert.deepEqual(await learn(), { listed: 2, asked: 2, gone: 0 });
  assert.deepEqual(known().find(KEY), FACTS);
  assert.equal(known().find(OTHER), undefined, 'nobody has recorded its checksum');
  store.objects.delete(OTHER);
  assert.deepEqual(await learn(), { listed: 1, asked: 0, gone: 0 });
  const changed = { size: 3, etag: 'e2', sha256: 'b'.repeat(64) };
  store.objects.set(KEY, changed);
  assert.deepEqual(await learn(), { listed: 1, asked: 1, gone: 0 });
  assert.deepEqual(known().find(KEY), changed);
});

test('an object that a listing lacks is requested before it counts as gone', async (t) => {
  const { store, known, learn } = open(t);
  store.objects.set(KEY, FACTS).set(OTHER, FACTS);
  await learn();
  store.hidden.add(KEY);
  store.objects.delete(OTHER);
  assert.deepEqual(await learn(), { listed: 0, asked: 2, gone: 1 });
  assert.deepEqual(store.asked.sort(), [OTHER, KEY].sort());
  assert.deepEqual([known().find(KEY), known().find(OTHER)], [FACTS, undefined]);
  assert.deepEqual([...known().keys('crates/')], [KEY]);
  store.hidden.clear();
  assert.deepEqual(await learn(), { listed: 1, asked: 0, gone: 0 });
});
