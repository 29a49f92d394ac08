import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { VersionReq } from './version-req.ts';

function requirement(text: string): VersionReq {
  const parsed = VersionReq.parse(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}

/** From the semver crate's own tests and The Cargo Book. */
const MATCHES: readonly (readonly [string, string, string])[] = [
  ['1.0.0', '1.0.0 1.1.0 1.0.1 1.0.0+build', '0.9.9 0.10.0 0.1.0 2.0.0 1.0.0-pre 1.0.1-pre'],
  ['^1.2', '1.2.0 1.9.0', '1.1.9 2.0.0 1.3.0-rc'],
  ['^0.2.3', '0.2.3 0.2.9', '0.3.0 0.2.2 1.2.3'],
  ['^0.0.3', '0.0.3', '0.0.4 0.1.0'],
  ['^0.0', '0.0.0 0.0.9', '0.1.0'],
  ['^0', '0.0.0 0.9.0', '1.0.0'],
  ['^0.1.0-rc.2', '0.1.0-rc.2 0.1.0-rc.10 0.1.0 0.1.9', '0.1.0-rc.1 0.1.1-rc.3 0.2.0'],
  ['~1.2.3', '1.2.3 1.2.9', '1.2.2 1.3.0'],
  ['~1.2', '1.2.0 1.2.9', '1.3.0 1.1.0'],
  ['~1', '1.0.0 1.9.0', '2.0.0 0.9.0'],
  ['*', '0.0.0 9.9.9', '1.0.0-pre'],
  ['1.*', '1.0.0 1.9.9', '2.0.0 1.1.0-a'],
  ['1.*.*', '1.0.0 1.9.9', '2.0.0'],
  ['1.2.x', '1.2.0 1.2.9', '1.3.0'],
  ['=1.2', '1.2.0 1.2.9', '1.3.0'],
  ['=1.2.3-a.1', '1.2.3-a.1 1.2.3-a.1+b', '1.2.3 1.2.3-a.2'],
  ['>= 1.2, < 1.5.1', '1.2.0 1.5.0', '1.5.1 1.1.9 1.5.1-rc'],
  ['>1', '2.0.0', '1.0.0 1.9.9 2.0.0-rc'],
  ['>1.2', '1.3.0', '1.2.9'],
  ['<=1.2', '1.2.9 0.1.0', '1.3.0'],
  ['<1.2', '1.1.9', '1.2.0'],
  ['> 1.0.0-a, <1.0.0', '1.0.0-b', '1.0.0-a 1.0.0 0.9.0'],
  ['>=9007199254740993.0.0', '9007199254740993.0.0', '9007199254740992.0.0'],
];

test('a requirement matches as cargo’s does', () => {
  for (const [text, yes, no] of MATCHES) {
    for (const version of yes.split(' '))
      assert.ok(requirement(text).matches(version), `${text} has ${version}`);
    for (const version of no.split(' '))
      assert.ok(!requirement(text).matches(version), `${text} has no ${version}`);
  }
});

test('within the bounds are pre-releases too', () => {
  for (const [text, version, isIn] of [
    ['*', '1.0.0-pre', true],
    ['>=1, <2', '1.5.0-rc.1', true],
    ['1.2.*', '1.2.3-rc', true],
    ['<=1.2', '1.2.3-rc', true],
    ['^1.2.3', '1.2.3-rc', false],
    ['<1.2.3', '1.2.3-rc', true],
    ['=1.2.3', '1.2.3-rc', false],
    ['^1', '2.0.0-rc', false],
  ] as const)
    assert.equal(requirement(text).contains(version), isIn, `${text} ${version}`);
});

test('an invalid requirement is none', () => {
  for (const text of [
    ...[
      '',
      ' ',
      ',',
      '1,,2',
      '1 2',
      '>',
      '>*',
      '*, 1',
      '01',
      '1.02',
      '1.2.3.4',
      '1.2-rc',
      '1.*.3',
      'a',
      '==1',
    ],
    ...['=>1', '!1', '1.2.3-', '1.2.3-01', '1.2.3+', '18446744073709551616', '1'.repeat(2000), '*.1'],
    Array.from({ length: 33 }, () => '1').join(),
  ])
    assert.equal(VersionReq.parse(text), undefined, text);
  for (const text of ['1,', ' ^ 1.2 ', '>= 1 ,<2', '=1.2.3+build', '1.2.3-rc-1.0'])
    assert.equal(VersionReq.parse(text)?.text, text);
});

test('what matches lies within the bounds, and text of any kind ends in an answer', () => {
  const number = fc.nat({ max: 3 }).map(String);
  const version = fc
    .tuple(number, number, number, fc.constantFrom('', '-a', '-b.1'))
    .map(([a, b, c, rest]) => `${a}.${b}.${c}${rest}`);
  const comparator = fc
    .tuple(
      fc.constantFrom('', '=', '<', '<=', '>', '>=', '~', '^'),
      fc.oneof(
        version,
        number,
        fc
          .tuple(number, number)
          .map(String)
          .map((text) => text.replace(',', '.')),
      ),
    )
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.array(comparator, { minLength: 1, maxLength: 3 }), version, (comparators, one) => {
      const parsed = requirement(comparators.join(','));
      assert.ok(!parsed.matches(one) || parsed.contains(one));
    }),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(fc.string(), (text) => void VersionReq.parse(text)),
    { numRuns: 300 },
  );
});
