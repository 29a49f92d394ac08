import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { readLines } from './index.ts';

let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'lines-')), 'lines');
});
afterEach(() => rmSync(join(path, '..'), { recursive: true }));

test('lines are those of split, whatever their length', () => {
  const texts = fc.array(fc.oneof(fc.string({ maxLength: 5 }), fc.constant('x'.repeat(70_000))), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(texts, (lines) => {
      const text = lines.join('\n');
      writeFileSync(path, text);
      const expected = text.split('\n');
      if (expected.at(-1) === '') expected.pop();
      const read = [...readLines(path, 1 << 20)];
      assert.deepEqual(
        read.map((line) => line.text),
        expected,
      );
      assert.ok(read.every((line, index) => line.number === index + 1 && !line.isTooLong));
    }),
    { numRuns: 50 },
  );
});

test('a line of any length costs no more memory than the limit', () => {
  writeFileSync(path, `${'x'.repeat(10_000_000)}\nshort\n`);
  const lines = [...readLines(path, 100)];
  assert.deepEqual(
    lines.map(({ number, text, isTooLong }) => [number, text.length, isTooLong]),
    [
      [1, 101, true],
      [2, 5, false],
    ],
  );
});
