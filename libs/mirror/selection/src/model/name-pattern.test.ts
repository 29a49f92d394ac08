import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NamePatterns, parseNamePattern } from './name-pattern.ts';

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

test('many patterns match what one of them matches', () => {
  const name = fc.stringMatching(/^[aA_-]{1,4}$/);
  const patterns = fc.array(fc.stringMatching(/^[aA_*?-]{1,4}$/), { maxLength: 6 });
  fc.assert(
    fc.property(name, patterns, (text, globs) => {
      const found = new NamePatterns(globs).find(text);
      const matching = globs.filter((glob) => parseNamePattern(glob).matches(text));
      assert.equal(found === undefined, matching.length === 0);
      if (found !== undefined) assert.ok(matching.includes(found.text));
    }),
    { numRuns: 500 },
  );
});

test('a pattern with many stars ends at once', () => {
  const { matches } = parseNamePattern(`${'*a'.repeat(30)}*b`);
  assert.equal(matches('a'.repeat(64)), false);
  assert.equal(matches(`${'a'.repeat(63)}b`), true);
});
