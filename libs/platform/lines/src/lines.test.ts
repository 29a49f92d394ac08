import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { linesWith, readLines } from './index.ts';

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

test('lines with a text are those of all that have it, wherever reads end', () => {
  const texts = fc.array(
    fc.oneof(
      fc.constantFrom('', 'a', 'ab', 'xaby', 'ab ab'),
      fc.nat(400_000).map((n) => `${'x'.repeat(n)}ab`),
    ),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(texts, fc.boolean(), (lines, isEnded) => {
      writeFileSync(path, lines.join('\n') + (isEnded ? '\n' : ''));
      assert.deepEqual(
        [...linesWith(path, 'ab', 500_000)].map(({ text }) => text),
        lines.filter((line) => line.includes('ab')),
      );
    }),
    { numRuns: 60 },
  );
});

test('among lines with a text, one that is too long is reported as such', () => {
  writeFileSync(path, `${'x'.repeat(200)}\n${'x'.repeat(200)}ab\nab\n`);
  assert.deepEqual(
    [...linesWith(path, 'ab', 100)],
    [
      { text: '', isTooLong: true },
      { text: 'ab', isTooLong: false },
    ],
  );
  writeFileSync(path, `ab\n${'x'.repeat(3 << 20)}\nab\n`);
  assert.deepEqual(
    [...linesWith(path, 'ab', 100)],
    [
      { text: 'ab', isTooLong: false },
      { text: '', isTooLong: true },
    ],
  );
});
