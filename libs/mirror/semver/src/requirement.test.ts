import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import semver from 'semver';
import { meets, parseRequirement } from './requirement.ts';
import { compareVersions, compatibleRange, parseVersion } from './version.ts';

/**
 * A requirement, versions that meet it, and versions that do not, from the documentation and tests
 * of the semver crate.
 */
const TABLE: readonly (readonly [requirement: string, met: string, unmet: string])[] = [
  ['1.0.0', '1.0.0 1.1.0 1.0.1', '0.9.9 0.10.0 2.0.0 1.0.0-pre 1.0.1-pre'],
  ['1.2', '1.2.0 1.9.9', '1.1.9 2.0.0'],
  ['1', '1.0.0 1.9.9', '0.9.9 2.0.0'],
  ['0.2.3', '0.2.3 0.2.9', '0.2.2 0.3.0 1.0.0'],
  ['0.2', '0.2.0 0.2.9', '0.1.9 0.3.0'],
  ['0', '0.0.0 0.9.9', '1.0.0'],
  ['0.0.3', '0.0.3', '0.0.2 0.0.4 0.1.0'],
  ['0.0', '0.0.0 0.0.9', '0.1.0'],
  ['^1.4.2-beta.5', '1.4.2 1.4.3 1.4.2-beta.5 1.4.2-beta.6 1.4.2-c', '1.4.2-alpha 1.4.2-beta.4 1.4.3-beta.5'],
  ['~1.2.3', '1.2.3 1.2.9', '1.2.2 1.3.0'],
  ['~1.2', '1.2.0 1.2.9', '1.3.0'],
  ['~1', '1.0.0 1.9.9', '2.0.0'],
  ['~1.2.3-beta.2', '1.2.3 1.2.4 1.2.3-beta.2 1.2.3-beta.4', '1.3.3 1.2.3-beta.1 1.2.4-beta.2'],
  ['=1.2.3', '1.2.3 1.2.3+build', '1.2.4 1.2.3-rc.1'],
  ['=1.2', '1.2.0 1.2.9', '1.3.0'],
  ['=0.1.0+meta', '0.1.0 0.1.0+any', '0.1.1'],
  ['=2.1.1-really.0', '2.1.1-really.0', '2.1.1'],
  ['>1.2', '1.3.0 2.0.0', '1.2.0 1.2.9'],
  ['>1', '2.0.0', '1.9.9'],
  ['>=2.1.0-alpha2', '2.1.0-alpha2 2.1.0-alpha3 2.1.0 3.0.0', '2.0.0 2.1.0-alpha1 3.0.0-alpha2'],
  ['<1.2', '1.1.9 0.0.1', '1.2.0 1.2.0-rc'],
  ['<=1.2', '1.2.9 0.1.0', '1.3.0'],
  ['<= 2.1.0-alpha2', '2.1.0-alpha2 2.1.0-alpha1 1.0.0', '2.1.0 2.0.0-alpha2'],
  ['>1.0.0-alpha, <1.0.0', '1.0.0-beta', '1.0.0 0.9.0'],
  ['>1.0.0-alpha, <1.0', '', '1.0.0-beta'],
  ['>=1.2.0-alpha, ^1', '1.2.0-alpha 1.3.0', '2.0.0 1.3.0-alpha'],
  ['>=1.2.0-alpha, ~1', '1.3.0', '1.2.0-alpha'],
  ['> 0.0.9, <= 2.5.3', '0.0.10 2.5.3', '0.0.8 2.5.4'],
  ['0.3.0, 0.4.0', '', '0.3.0 0.4.0'],
  ['*', '0.0.1 9.9.9', '1.0.0-pre'],
  ['1.*', '1.0.0 1.9.9', '2.0.0 1.2.0-pre'],
  ['1.2.x', '1.2.0', '1.3.0'],
  ['>=1.*', '1.0.0 2.0.0', '0.9.0'],
  ['18446744073709551615', '18446744073709551615.0.1', '18446744073709551614.0.0'],
];

test('requirements mean what they mean to cargo', () => {
  for (const [text, met, unmet] of TABLE) {
    const requirement = parseRequirement(text);
    assert.ok(requirement, text);
    for (const version of met.split(' ').filter(Boolean))
      assert.ok(meets(parseVersion(version), requirement), `${version} meets ${text}`);
    for (const version of unmet.split(' ').filter(Boolean))
      assert.ok(!meets(parseVersion(version), requirement), `${version} does not meet ${text}`);
  }
});

test('what cargo refuses is no requirement', () => {
  const refused = ['', ' ', '>', '1.', '1.*.1', '*.1', '>=*', '*, 1', '1, ,', '1 - 2', '1 || 2', '>1 <2'];
  refused.push('01', '1.2.3-01', 'v1', '1.2.3.4', '>= >= 1', '1.2-alpha', '1.2.3-', '1.2.3+');
  refused.push(Array(33).fill('>0').join(','));
  for (const text of refused) assert.equal(parseRequirement(text), undefined, text);
});

test('versions are ordered as cargo orders them, build metadata included', () => {
  const sorted =
    '0.9.0 1.0.0-1 1.0.0-2 1.0.0-10 1.0.0-a 1.0.0-a.1 1.0.0-a.b 1.0.0-b 1.0.0 1.0.0+1 1.0.0+01 1.0.0+2';
  const versions = [
    ...sorted.split(' '),
    '1.0.0+10',
    '1.0.0+a',
    '1.0.0+a.b',
    '1.0.1',
    '1.10.0',
    '9007199254740993.0.0',
  ];
  const byOrder = versions.toReversed().sort((a, b) => compareVersions(parseVersion(a), parseVersion(b)));
  assert.deepEqual(byOrder, versions);
});

test('ranges of compatible versions', () => {
  const rangeOf = (text: string): string => compatibleRange(parseVersion(text));
  assert.deepEqual(['1.2.3', '0.2.3', '0.0.3', '10.0.0-a'].map(rangeOf), ['1', '0.2', '0.0.3', '10']);
});

/**
 * Translates a cargo requirement to npm's syntax: a bare version becomes a caret requirement, and
 * commas become spaces.
 */
function inNpmsWords(text: string): string {
  return text
    .split(',')
    .map((part) => (/^[\d]/.test(part.trim()) && !/[*x]/.test(part) ? `^${part.trim()}` : part.trim()))
    .join(' ');
}

/** Cases in which npm, given the translated requirement, disagrees with cargo. */
const NPM_DIFFERS: readonly (readonly [requirement: string, version: string, byCargo: boolean])[] = [
  // npm keeps the lower bound of a partial version open for pre-releases named by another
  // comparator. cargo's tilde does not.
  ['>=1.2.0-alpha, ~1', '1.2.0-alpha', false],
  ['>=1.2.0-alpha, 1.*', '1.2.0-alpha', false],
];

test('npm says something else in places, and to cargo requirements mean what they mean here', () => {
  // The same text means different things to npm and cargo.
  assert.equal(semver.satisfies('1.2.4', '1.2.3'), false);
  assert.equal(verdict('1.2.3', '1.2.4'), true);
  assert.equal(semver.validRange('18446744073709551615'), null);
  for (const [text, version, byCargo] of NPM_DIFFERS) {
    assert.equal(verdict(text, version), byCargo, `${version} of ${text}`);
    assert.equal(semver.satisfies(version, inNpmsWords(text)), !byCargo, `${version} of ${text}, by npm`);
  }
});

function verdict(text: string, version: string): boolean {
  const requirement = parseRequirement(text);
  assert.ok(requirement, text);
  return meets(parseVersion(version), requirement);
}

const small = fc.nat(3);
const pre = fc.constantFrom('', '', '-alpha', '-alpha.1', '-2', '-rc.10');
const version = fc.tuple(small, small, small, pre).map(([a, b, c, d]) => `${a}.${b}.${c}${d}`);
const operator = fc.constantFrom('', '^', '~', '=', '>', '>=', '<', '<=');

test('with whole versions in its words, npm agrees, where it is the same grammar', () => {
  const comparator = fc.tuple(operator, version).map(([op, whole]) => op + whole);
  const requirement = fc.array(comparator, { minLength: 1, maxLength: 3 }).map((all) => all.join(', '));
  fc.assert(
    fc.property(requirement, version, (text, one) => {
      assert.equal(verdict(text, one), semver.satisfies(one, inNpmsWords(text)), `${one} of ${text}`);
    }),
    { numRuns: 500 },
  );
});

test('with partial versions of releases, npm agrees, too', () => {
  const partial = fc
    .tuple(operator, fc.array(small, { minLength: 1, maxLength: 3 }))
    .map(([op, all]) => op + all.join('.'));
  const release = fc.tuple(small, small, small).map((all) => all.join('.'));
  fc.assert(
    fc.property(partial, release, (text, one) => {
      assert.equal(verdict(text, one), semver.satisfies(one, inNpmsWords(text)), `${one} of ${text}`);
    }),
    { numRuns: 500 },
  );
});
