import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { encodeRecord } from '@crates-mirror/manifest';
import fc from 'fast-check';
import { learnSizes } from './record-sizes.ts';
import { checksumWords, SizeTable } from './size-table.ts';

let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'record-sizes-')), 'manifest.jsonl');
});
afterEach(() => rmSync(join(path, '..'), { recursive: true }));

const NEVER = new AbortController().signal;

function record(sha256: string, size: number | null, url = 'https://example.org/a'): string {
  return encodeRecord({
    url,
    name: 'a',
    version: '1.0.0',
    path: 'a',
    storage: 'filesystem',
    bundle_path: null,
    bundle_file: null,
    bundle_member: null,
    size,
    sha256,
    started_at: '2026-01-01T00:00:00.000Z',
    finished_at: '2026-01-01T00:00:00.000Z',
    status: size === null ? 'error' : 'downloaded',
    retries: 0,
    error: null,
  });
}

const digest = fc.stringMatching(/^[0-9a-f]{64}$/);
const other = fc.oneof(
  fc.string(),
  fc.constant('"size":7,"sha256":"'),
  fc.nat(70_000).map((n) => 'x'.repeat(n)),
  digest.map((sha256) => `"size":-1,"sha256":"${sha256}"`),
  digest.map((sha256) => `,"sha256":"${sha256}"`),
);

test('the sizes of all records are learnt, whatever stands between them', async () => {
  const lines = fc.array(fc.tuple(digest, fc.option(fc.nat(2 ** 32 - 2)), other), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(lines, async (all) => {
      const text = all.map(
        ([sha256, size, line]) => `${line.replaceAll('\n', ' ')}\n${record(sha256, size)}`,
      );
      writeFileSync(path, text.join(''));
      const table = new SizeTable();
      for (const [sha256] of all) table.expect(Uint32Array.from(checksumWords(sha256)));
      await learnSizes(path, table, NEVER);
      const sizes = new Map<string, number>();
      for (const [sha256, size] of all) if (size !== null && !sizes.has(sha256)) sizes.set(sha256, size);
      for (const [sha256] of all) assert.equal(table.sizeOf(sha256), sizes.get(sha256));
      assert.equal(table.learned, sizes.size);
    }),
    { numRuns: 100 },
  );
});

test('a manifest of several megabytes is read in pieces, and only what was asked for is kept', async () => {
  const sha256 = (i: number): string => String(i).padStart(8, '0').repeat(8);
  const lines = Array.from({ length: 10_000 }, (_, i) => record(sha256(i), i));
  // A killed run may leave a truncated line.
  writeFileSync(path, lines.join('').slice(0, -100));
  const table = new SizeTable();
  table.expect(Uint32Array.from([5, 7777, 9998, 20_000].flatMap((i) => checksumWords(sha256(i)))));
  await learnSizes(path, table, NEVER);
  assert.deepEqual(
    [5, 7777, 9998, 20_000, 6].map((i) => table.sizeOf(sha256(i))),
    [5, 7777, 9998, undefined, undefined],
  );
});

test('what a record quotes is no record', async () => {
  const wanted = 'ab'.repeat(32);
  writeFileSync(path, record('cd'.repeat(32), 1, `https://example.org/","size":9,"sha256":"${wanted}"`));
  const table = new SizeTable();
  table.expect(Uint32Array.from(checksumWords(wanted)));
  await learnSizes(path, table, NEVER);
  assert.equal(table.sizeOf(wanted), undefined);
});
