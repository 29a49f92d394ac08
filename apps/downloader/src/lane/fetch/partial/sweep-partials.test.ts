import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { MIN_PARTIAL } from './partial-file.ts';
import { MAX_PARTIALS, OLDEST_PARTIAL_MS, sweepPartials } from './sweep-partials.ts';

const NOW = Date.parse('2026-11-30T00:00:00Z');
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'partials-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function sum(digit: number): string {
  return digit.toString(16).padStart(64, '0');
}

interface Left {
  readonly name?: string;
  readonly size?: number;
  readonly length?: number;
  readonly ageMs?: number;
  readonly sidecar?: string | undefined;
}

/** Creates the files that a killed run leaves for the file with this checksum. */
function leave(sha256: string, different: Left = {}): void {
  const { size = MIN_PARTIAL, length = 3 << 20, ageMs = 0 } = different;
  const name = different.name ?? `${sha256}.tmp-1-0-1.partial`;
  const facts = { format_version: 1, url: 'https://x.example/f', sha256, validator: '"v1"', length };
  const sidecar = 'sidecar' in different ? different.sidecar : JSON.stringify(facts);
  const path = join(directory, name);
  writeFileSync(path, '');
  truncateSync(path, size);
  utimesSync(path, (NOW - ageMs) / 1000, (NOW - ageMs) / 1000);
  if (sidecar !== undefined) writeFileSync(`${path}.json`, sidecar);
}

test('beginnings of bodies that are of use get the names by which they are found', () => {
  leave(sum(1));
  leave(sum(2), { name: `${sum(2)}.partial` });
  sweepPartials(directory, NOW);
  const expected = [1, 2].flatMap((one) => [`${sum(one)}.partial`, `${sum(one)}.partial.json`]);
  assert.deepEqual(readdirSync(directory).sort(), expected);
  sweepPartials(directory, NOW);
  assert.deepEqual(readdirSync(directory).sort(), expected);
});

test('old, short, whole, torn and lone files go; files of others stay', () => {
  leave(sum(1), { ageMs: OLDEST_PARTIAL_MS + 1000 });
  leave(sum(2), { size: MIN_PARTIAL - 1 });
  leave(sum(3), { size: 3 << 20 });
  leave(sum(4), { sidecar: '{"format_version":1,"url":"https:' });
  leave(sum(5), { sidecar: undefined });
  leave(sum(6), { sidecar: 'null' });
  leave(sum(7), { sidecar: '{"format_version":2}' });
  writeFileSync(join(directory, `${sum(8)}.partial.json`), '{}');
  writeFileSync(join(directory, `${sum(9)}.tmp-1-0-1.partial.json.tmp-1-0-2.partial`), '{}');
  writeFileSync(join(directory, 'notes.txt'), 'mine');
  mkdirSync(join(directory, `${sum(10)}.partial`));
  sweepPartials(directory, NOW);
  assert.deepEqual(readdirSync(directory).sort(), [`${sum(10)}.partial`, 'notes.txt']);
});

test('of one file the newest beginning stays, and no more than so many of all', () => {
  leave(sum(1), { name: `${sum(1)}.partial`, ageMs: 5000 });
  leave(sum(1), { size: 2 << 20, ageMs: 1000 });
  for (let i = 2; i < MAX_PARTIALS + 5; i++) leave(sum(i), { ageMs: 10_000 * i });
  sweepPartials(directory, NOW);
  const names = readdirSync(directory);
  assert.equal(names.length, 2 * MAX_PARTIALS);
  assert.ok(names.includes(`${sum(1)}.partial`));
  assert.ok(!names.includes(`${sum(MAX_PARTIALS + 4)}.partial`));
});

test('of the bytes that are kept, the newest beginnings have the first claim', () => {
  const size = 1.5 * 2 ** 30;
  for (const one of [1, 2, 3]) leave(sum(one), { size, length: 2 ** 31, ageMs: one * 1000 });
  sweepPartials(directory, NOW);
  const expected = [1, 2].flatMap((one) => [`${sum(one)}.partial`, `${sum(one)}.partial.json`]);
  assert.deepEqual(readdirSync(directory).sort(), expected);
});

test('where no body was ever under way there is nothing to do', () => {
  sweepPartials(join(directory, 'none'), NOW);
  assert.deepEqual(readdirSync(directory), []);
});
