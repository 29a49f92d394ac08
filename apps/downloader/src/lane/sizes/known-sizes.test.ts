import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { LooseFiles } from '../store/loose-files.ts';
import type { Target } from '../target.ts';
import { KnownSizes, type KnownSizesOptions } from './known-sizes.ts';

const TARGET: Target = {
  name: 'serde',
  version: '1.0.0',
  sha256: 'ab'.repeat(32),
  url: 'https://example.org/serde',
  origin: 'https://example.org',
  path: 'se/rd/serde-1.0.0.crate',
  shard: 'se',
  isToVerify: false,
  startedAt: 0,
  retries: 0,
  lostConnections: 0,
  hasLooseCopy: false,
};
const NONE = { sizeOf: () => undefined };

test('a size is taken from the first that knows it, and of the same bytes only', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'known-sizes-'));
  t.after(() => rmSync(root, { recursive: true }));
  const find = (more: Partial<KnownSizesOptions>, target: Target = TARGET) =>
    new KnownSizes({
      files: new LooseFiles(root),
      ledger: NONE,
      members: undefined,
      table: undefined,
      ...more,
    }).find(target);
  assert.equal(find({}), undefined);
  const ledger = { sizeOf: () => 1 };
  const members = { sizeOf: () => 2 };
  const table = { sizeOf: () => 3 };
  assert.deepEqual(find({ ledger, members, table }), { size: 2, source: 'bundles' });
  assert.deepEqual(find({ ledger, members: NONE, table }), { size: 1, source: 'ledger' });
  assert.deepEqual(find({ table }), { size: 3, source: 'manifests' });
  assert.equal(find({ ledger, members, table }, { ...TARGET, sha256: undefined }), undefined);

  mkdirSync(join(root, 'se/rd'), { recursive: true });
  const sidecar = join(root, `${TARGET.path}.json`);
  for (const [content, size] of [
    [{ cksum: TARGET.sha256, size: 4 }, 4],
    [{ cksum: 'cd'.repeat(32), size: 4 }, undefined],
    [{ cksum: TARGET.sha256, size: null }, undefined],
    [null, undefined],
    ['no JSON', undefined],
  ] as const) {
    writeFileSync(sidecar, content === 'no JSON' ? content : JSON.stringify(content));
    assert.equal(find({})?.size, size);
  }
});
