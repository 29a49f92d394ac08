import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BadLine, keepIn, linesOfUnknown, namedBeside } from './orphans.ts';

test('what lies beside bundles mentions them, but for the one that is being finished', () => {
  const names = [
    'bundle-0001-a-to-b.tar.zst',
    'bundle-0001-a-to-b.tar.zst.sha256',
    'bundle-0002-b-to-c.manifest.jsonl',
    'bundle-0003-c-to-d.tar.zst.sha256',
    'bundle-0003.tar.zst.partial',
    'bundle-0003.manifest.jsonl.partial',
    'other.manifest.jsonl',
    'bundles.index.jsonl',
  ];
  assert.deepEqual(namedBeside(names), ['bundle-0001-a-to-b.tar.zst', 'bundle-0002-b-to-c.tar.zst']);
});

test('bad lines stand for bundles that nothing else mentions, but for those torn before they say of which', () => {
  const lines: BadLine[] = [];
  const keep = keepIn(lines);
  for (const [i, text] of [
    '{"bundle":"bundle-0001"',
    '"bundle-0001","path":"bundle-0002-',
    '{"path":',
    '{"sch',
    '{"schema_version":1,"bundle":"bundle-00',
    '{"schema_version":1,"bun\0\0\0',
    '\0\0',
  ].entries())
    keep(i + 1, text);
  const numbers = (known: number[]): number[] =>
    linesOfUnknown(lines, new Set(known)).map(({ number }) => number);
  assert.deepEqual(numbers([1, 2]), [3]);
  assert.deepEqual(numbers([1]), [2, 3]);
  assert.deepEqual(numbers([]), [1, 2, 3]);
});

test('of a catalog full of bad lines few are kept', () => {
  const lines: BadLine[] = [];
  const keep = keepIn(lines);
  for (let i = 0; i < 5000; i++) keep(i, 'garbage');
  assert.equal(lines.length, 1000);
});
