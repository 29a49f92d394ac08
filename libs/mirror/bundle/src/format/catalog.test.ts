import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { CATALOG_NAME, readCatalog } from '../index.ts';

const ENTRY = {
  schema_version: 1,
  bundle: 'bundle-0007',
  path: 'bundle-0007-a-to-b.tar.zst',
  manifest: 'bundle-0007-a-to-b.manifest.jsonl',
  first_crate: 'a',
  last_crate: 'b',
  entries: 2,
  size: 3000,
  tar_size: 3072,
  sha256: 'a'.repeat(64),
  manifest_sha256: 'b'.repeat(64),
  finished_at: '2026-11-29T00:00:00.000Z',
};
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'catalog-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('a line that names anything but a bundle’s own files is no entry', () => {
  const changes: Partial<typeof ENTRY>[] = [
    // Would inject lines into the member ledger, listing crate files that are not held.
    { bundle: 'bundle-0007\t1\tx\nse/rd/serde-1.0.0.crate\tbundle-0007' },
    { bundle: 'bundle-0008' },
    { bundle: '__proto__' },
    { manifest: 'bundle-0008-a-to-b.manifest.jsonl' },
    { path: '../bundle-0007-a-to-b.tar.zst' },
    { entries: -1 },
    { size: -1 },
  ];
  const lines = [ENTRY, ...changes.map((change) => ({ ...ENTRY, ...change }))];
  writeFileSync(join(directory, CATALOG_NAME), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const bad: number[] = [];
  assert.deepEqual([...readCatalog(directory, (line) => bad.push(line))], [[7, ENTRY]]);
  assert.deepEqual(bad, [2, 3, 4, 5, 6, 7, 8]);
});

test('anything but a file is no catalog', () => {
  mkdirSync(join(directory, CATALOG_NAME));
  assert.throws(() => readCatalog(directory), {
    code: 'bundle_damaged',
    message: `${join(directory, CATALOG_NAME)} is no file`,
  });
});
