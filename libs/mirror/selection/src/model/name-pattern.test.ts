import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseNamePattern } from './name-pattern.ts';

test('a pattern matches what a regular expression says', () => {
  const name = fc.stringMatching(/^[ab-]{1,8}$/);
  const pattern = fc.stringMatching(/^[ab*?-]{1,8}$/);
  fc.assert(
    fc.property(name, pattern, (text, glob) => {
      const expression = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`);
      assert.equal(parseNamePattern(glob).matches(text), expression.test(text));
    }),
    { numRuns: 500 },
  );
});

test('a pattern with many stars ends at once', () => {
  const { matches } = parseNamePattern(`${'*a'.repeat(30)}*b`);
  assert.equal(matches('a'.repeat(64)), false);
  assert.equal(matches(`${'a'.repeat(63)}b`), true);
});
