import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { KnownObjects } from '@crates-mirror/bucket-mirror/known-objects';
import { ObjectTable } from '@crates-mirror/bucket-mirror/object-table';
import { mirrorHome } from '@crates-mirror/layout';
import { ListedObjects } from './listed-objects.ts';

const [A, B] = ['a'.repeat(64), 'b'.repeat(64)];

test('an object is in place if its checksum is known for this size and ETag, and in all of its forms', (t) => {
  const out = mkdtempSync(join(tmpdir(), 'listed-objects-'));
  t.after(() => rmSync(out, { recursive: true }));
  const { objectsDirectory } = mirrorHome(out);
  mkdirSync(objectsDirectory, { recursive: true });
  const known = new KnownObjects(objectsDirectory);
  const table = new ObjectTable();
  const list = (path: string, size: number, etag: string): void =>
    table.set({ key: `crates/${path}`, size, etag });
  for (const path of ['se/known', 'se/replaced', 'se/v+1', 'se/v 1', 'se/w+1'])
    known.remember(`crates/${path}`, { size: 5, etag: '"e"', sha256: A });
  known.flush();
  for (const path of ['se/known', 'se/new', 'se/v+1', 'se/v 1', 'se/w+1']) list(path, 5, '"e"');
  list('se/replaced', 5, '"f"');
  const objects = new ListedObjects(out, table.memory);
  const look = (path: string, sha256: string | undefined = A): string =>
    objects.look({ path, sha256 }).prospect;

  assert.deepEqual(objects.look({ path: 'se/known', sha256: A }), { prospect: 'inPlace', size: 5 });
  assert.equal(look('se/known', undefined), 'inPlace');
  assert.equal(look('se/known', B), 'toDownload', 'published anew with other bytes');
  assert.equal(look('se/new'), 'toHash');
  assert.equal(look('se/replaced'), 'toHash');
  assert.equal(look('se/gone'), 'toDownload');
  assert.equal(look('se/v+1'), 'inPlace');
  assert.equal(look('se/w+1'), 'toDownload', 'its other key is missing');
});
