import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { sha256Hex } from '@crates-mirror/hashing';
import { CachedCrates } from './cached-crates.ts';
import { DiskCache } from './disk-cache.ts';

const SIZE = 1600;

function scratch(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'disk-cache-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const bytesOf = (i: number): Buffer => Buffer.alloc(100, i);
const keyOf = (i: number): string => sha256Hex(bytesOf(i));
const pathOf = (directory: string, i: number): string => join(directory, keyOf(i).slice(0, 2), keyOf(i));

function total(directory: string): number {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return files
    .map((name) => statSync(join(directory, name)))
    .filter((stats) => stats.isFile())
    .reduce((sum, { size }) => sum + size, 0);
}

async function has(cache: DiskCache, i: number): Promise<boolean> {
  const file = await cache.open(keyOf(i));
  await file?.close();
  return file !== undefined;
}

test('two processes share a directory and its size; what was used last stays', async (t) => {
  const directory = scratch(t);
  const caches = [0, 1].map(() => new DiskCache(directory, SIZE, assert.fail)) as [DiskCache, DiskCache];
  for (let i = 0; i < 60; i++) {
    const cache = caches[i % 2] as DiskCache;
    assert.equal(await cache.keep(keyOf(i), [bytesOf(i)]), true);
    await cache.close();
    // Files were written some hours ago, one after the other; the first is used again and again.
    for (let j = 0; j <= i; j++)
      if (await has(cache, j))
        utimesSync(pathOf(directory, j), 1e9 + (j === 0 ? i : j), 1e9 + (j === 0 ? i : j));
    assert.ok(total(directory) <= SIZE, `${total(directory)} bytes after ${i}`);
  }
  assert.equal(await has(caches[0], 0), true);
  assert.equal(await has(caches[0], 59), true);
  assert.equal(await has(caches[0], 20), false);
});

test('bytes that turn out wrong are not kept, and nothing of others is touched', async (t) => {
  const directory = scratch(t);
  writeFileSync(join(directory, 'notes.txt'), 'x'.repeat(2 * SIZE));
  const cache = new DiskCache(directory, SIZE, assert.fail);
  const wrong = (async function* () {
    yield bytesOf(1);
    throw new Error('damaged');
  })();
  await assert.rejects(cache.keep(keyOf(1), wrong), /damaged/);
  assert.equal(await has(cache, 1), false);
  await cache.keep(keyOf(2), [bytesOf(2)]);
  await cache.close();
  assert.deepEqual(
    readdirSync(directory).sort(),
    [keyOf(1).slice(0, 2), keyOf(2).slice(0, 2), 'notes.txt'].sort(),
  );
});

test('a directory that cannot be written is noted once, and the bytes are served all the same', async (t) => {
  const directory = scratch(t);
  writeFileSync(join(directory, 'file'), '');
  const notes: string[] = [];
  const crates = new CachedCrates(new DiskCache(join(directory, 'file'), SIZE, (note) => notes.push(note)));
  for (const i of [1, 2]) assert.deepEqual(await read(crates, i, bytesOf(i)), bytesOf(i));
  assert.match(notes.join('\n'), /^cannot keep crate files in \S+file: ENOTDIR[^\n]*$/);
  const large = Buffer.alloc(2 << 20);
  await assert.rejects(
    crates.open(sha256Hex(large), large.length, async () => pieces(large)),
    {
      code: 'unreadable',
    },
  );
});

test('a copy damaged on the local disk is read from the store again', async (t) => {
  for (const bytes of [bytesOf(1), Buffer.alloc(3 << 20, 7)]) {
    const directory = scratch(t);
    const crates = new CachedCrates(new DiskCache(directory, 1e9, assert.fail));
    const sha256 = sha256Hex(bytes);
    let reads = 0;
    const open = async (): Promise<Buffer> => {
      const file = await crates.open(sha256, bytes.length, async () => {
        reads += 1;
        return pieces(bytes);
      });
      const found: Buffer[] = [];
      for await (const piece of file.read({ start: 0, end: bytes.length - 1 })) found.push(piece);
      file.close();
      return Buffer.concat(found);
    };
    await Promise.all([open(), open()]);
    await open();
    assert.equal(reads, 1, 'once for all');
    writeFileSync(join(directory, sha256.slice(0, 2), sha256), Buffer.alloc(bytes.length, 8));
    assert.ok((await open()).equals(bytes));
    assert.equal(reads, 2);
  }
});

async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

async function read(crates: CachedCrates, i: number, bytes: Buffer): Promise<Buffer> {
  const file = await crates.open(keyOf(i), bytes.length, async () => pieces(bytes));
  const found: Buffer[] = [];
  for await (const piece of file.read({ start: 0, end: bytes.length - 1 })) found.push(piece);
  file.close();
  return Buffer.concat(found);
}
