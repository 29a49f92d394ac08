import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareVersionTexts, isPreRelease } from './version.ts';

/** In ascending order. The pre-releases are those of semver.org's example. */
const ASCENDING = [
  '0.0.0-0',
  '0.9.10',
  '1.0.0-alpha',
  '1.0.0-alpha.1',
  '1.0.0-alpha.beta',
  '1.0.0-beta',
  '1.0.0-beta.2',
  '1.0.0-beta.11',
  '1.0.0-rc.1',
  '1.0.0',
  '1.0.9',
  '1.0.10',
  '1.9.0',
  '1.10.0',
  '10.0.0',
  '18446744073709551616.0.0',
];

test('precedence is semver’s', () => {
  for (const [i, one] of ASCENDING.entries())
    for (const [j, other] of ASCENDING.entries())
      assert.equal(Math.sign(compareVersionTexts(one, other)), Math.sign(i - j), `${one} ${other}`);
  assert.ok(compareVersionTexts('1.0.0+a', '1.0.0+b') < 0, 'cargo orders by build metadata, too');
  assert.equal(isPreRelease('1.0.0+a-b'), false);
  assert.equal(isPreRelease('1.0.0-a+b'), true);
});

test('it is an order: sorting in any way comes to the same', () => {
  const number = fc.nat({ max: 12 }).map(String);
  const identifier = fc.oneof(number, fc.stringMatching(/^[a-b-]{1,2}$/));
  const preRelease = fc
    .array(identifier, { maxLength: 3 })
    .map((all) => (all.length === 0 ? '' : `-${all.join('.')}`));
  const version = fc
    .tuple(number, number, number, preRelease)
    .map(([a, b, c, rest]) => `${a}.${b}.${c}${rest}`);
  fc.assert(
    fc.property(fc.array(version), (versions) => {
      const sorted = versions.toSorted(compareVersionTexts);
      assert.deepEqual(versions.toReversed().sort(compareVersionTexts), sorted);
      for (const [i, one] of sorted.entries())
        assert.ok(i === 0 || compareVersionTexts(sorted[i - 1] as string, one) <= 0);
    }),
  );
});
