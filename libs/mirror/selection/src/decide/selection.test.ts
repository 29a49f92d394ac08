import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareVersions, parseVersion } from '@crates-mirror/semver';
import fc from 'fast-check';
import { ChosenTable } from '../model/chosen-table.ts';
import { describeReason } from '../model/decision.ts';
import { NO_RULES, type SelectionRules } from '../model/rules.ts';
import { selectorOf } from '../selector.ts';
import { crateOf, type MadeLine, NOW, selectionOf } from '../test-crates.ts';

/** The selected versions of a crate. */
function selected(
  rules: Partial<SelectionRules>,
  name: string,
  lines: (MadeLine | string)[],
  chosen?: ChosenTable,
): string {
  const entries = selectionOf(rules, chosen?.memory).select(crateOf(name, lines));
  return entries.map(({ version }) => version).join(' ');
}

const LINES = ['1.0.0', { vers: '1.1.0', yanked: true }, '2.0.0-rc.1', '2.0.0'];

test('without rules everything is selected that is not yanked', () => {
  assert.equal(selected({}, 'serde', LINES), '1.0.0 2.0.0-rc.1 2.0.0');
  assert.equal(selected({ includeYanked: true }, 'serde', LINES), '1.0.0 1.1.0 2.0.0-rc.1 2.0.0');
});

test('a selection without rules says the same as a plain one', async () => {
  for (const includeYanked of [false, true]) {
    const rules = { ...NO_RULES, includeYanked };
    const plain = await selectorOf({ rules, chosen: undefined, now: NOW });
    const crate = crateOf('serde', LINES);
    assert.ok(plain.isPlain);
    assert.deepEqual(plain.select(crate), selectionOf(rules).select(crate));
  }
  assert.ok(!(await selectorOf({ rules: { ...NO_RULES, latest: 1 }, chosen: undefined, now: NOW })).isPlain);
});

test('patterns of names take case, - and _ for the same, and exclude wins', () => {
  const names = ['serde', 'Serde_JSON', 'serde-yaml', 'tokio', 'nix'];
  const table: [Partial<SelectionRules>, string][] = [
    [{ include: ['serde*'] }, 'serde Serde_JSON serde-yaml'],
    [{ include: ['serde-json'] }, 'Serde_JSON'],
    [{ include: ['???'] }, 'nix'],
    [{ exclude: ['*_*'] }, 'serde tokio nix'],
    [{ include: ['s*', 'NIX'], exclude: ['serde_*'] }, 'serde nix'],
  ];
  for (const [rules, expected] of table) {
    const kept = names.filter((name) => selected(rules, name, ['1.0.0']) !== '');
    assert.equal(kept.join(' '), expected);
  }
});

test('the newest versions, yanked ones not counted, pre-releases only where there is nothing else', () => {
  const table: [number, (MadeLine | string)[], string][] = [
    [1, LINES, '2.0.0'],
    [2, LINES, '1.0.0 2.0.0'],
    [1, ['0.9.0', '0.10.0', '0.2.0'], '0.10.0'],
    [1, ['1.0.0-alpha', '1.0.0-beta'], '1.0.0-beta'],
    [1, ['1.0.0-beta', { vers: '1.0.0', yanked: true }], '1.0.0-beta'],
    [3, [{ vers: '1.0.0', yanked: true }], ''],
    [1, ['1.0.0+1', '1.0.0+2'], '1.0.0+2'],
  ];
  for (const [latest, lines, expected] of table) assert.equal(selected({ latest }, 'a', lines), expected);
  const yanked = { latest: 1, includeYanked: true };
  assert.equal(
    selected(yanked, 'a', ['1.0.0', { vers: '0.9.0', yanked: true }, { vers: '1.1.0', yanked: true }]),
    '1.0.0 1.1.0',
  );
});

const AGES = [
  { vers: '1.0.0', pubtime: '2026-06-01T00:00:00Z' },
  { vers: '1.1.0', pubtime: '2026-06-14T12:00:00Z' },
  { vers: '1.2.0' },
];

test('versions must have an age, and one that is not known is too young unless that is allowed', () => {
  const minAge = 7 * 24 * 3_600_000;
  assert.equal(selected({ minAge }, 'a', AGES), '1.0.0');
  assert.equal(selected({ minAge, minAgeUnknown: 'allow' }, 'a', AGES), '1.0.0 1.2.0');
  assert.equal(selected({ newerThan: Date.parse('2026-06-10') }, 'a', AGES), '1.1.0');
  assert.equal(selected({ minAge, latest: 1 }, 'a', AGES), '1.0.0');
  const [, young, unknown] = selectionOf({ minAge }).decide(crateOf('a', AGES));
  assert.ok(young?.isSelected === false && unknown?.isSelected === false);
  assert.equal(young.until?.toISOString(), '2026-06-21T12:00:00.000Z');
  assert.match(describeReason(young.because), /^published 2026-06-14T12:00:00Z, too young/);
  assert.equal(unknown.until, undefined);
  for (const pubtime of ['yesterday', '2026-06-01', '2026-13-01T00:00:00Z', ''])
    assert.equal(selected({ minAge }, 'a', [{ vers: '1.0.0', pubtime }]), '', pubtime);
});

test('what was chosen beforehand is in, yanked or old, but neither excluded nor too young', () => {
  const chosen = ChosenTable.of(
    new Map([
      ['1/a', { isNamed: false, locked: ['1.0.0'], needed: ['1.1.0'] }],
      ['1/b', { isNamed: true, locked: [], needed: [] }],
    ]),
  );
  const rules = { cargoLocks: ['Cargo.lock'] };
  assert.equal(selected(rules, 'a', LINES, chosen), '1.0.0 1.1.0');
  assert.equal(selected(rules, 'b', LINES, chosen), '1.0.0 2.0.0-rc.1 2.0.0');
  assert.equal(selected(rules, 'c', LINES, chosen), '');
  assert.equal(selected({ ...rules, latest: 1 }, 'a', LINES, chosen), '1.0.0 1.1.0');
  assert.equal(selected({ ...rules, exclude: ['a'] }, 'a', LINES, chosen), '');
  assert.equal(selected({ ...rules, minAge: 1 }, 'a', AGES, chosen), '1.0.0 1.1.0');
  assert.equal(selected({ ...rules, minAge: 7 * 24 * 3_600_000 }, 'a', AGES, chosen), '1.0.0');
  const reasons = selectionOf(rules, chosen.memory)
    .decide(crateOf('a', LINES))
    .map((one) => one.because.rule);
  assert.deepEqual(reasons, ['cargo-lock', 'deps', 'not-needed', 'not-needed']);
});

test('a table of what was chosen gives back what was put in', () => {
  const words = fc.uniqueArray(fc.constantFrom('1.0.0', '1.0.0+a.1', '2.0.0-rc.1', '10.20.30'));
  const row = fc.record({ isNamed: fc.boolean(), locked: words, needed: words }, { noNullPrototype: true });
  const path = fc.stringMatching(/^[a-z0-9_-]{1,8}$/);
  fc.assert(
    fc.property(fc.array(fc.tuple(path, row)), (rows) => {
      const crates = new Map(rows);
      const table = new ChosenTable(ChosenTable.of(crates).memory);
      assert.equal(table.size, crates.size);
      assert.deepEqual([...table.paths()], [...crates.keys()].sort());
      for (const [key, value] of crates) assert.deepEqual(table.get(key), value);
      assert.equal(table.get('not/there'), undefined);
    }),
  );
});

const number = fc.nat(3);
const made = fc.record({
  vers: fc
    .tuple(number, number, number, fc.constantFrom('', '', '-a', '-b'))
    .map(([a, b, c, pre]) => `${a}.${b}.${c}${pre}`),
  yanked: fc.boolean(),
  pubtime: fc.option(
    fc
      .date({ min: new Date(NOW - 1e9), max: new Date(NOW), noInvalidDate: true })
      .map((date) => `${date.toISOString().slice(0, 19)}Z`),
    { nil: undefined },
  ),
});

test('of any crate, the newest are what a plain sort says, and more of them never leave any out', () => {
  const lines = fc.uniqueArray(made, { selector: ({ vers }) => vers });
  fc.assert(
    fc.property(lines, fc.integer({ min: 1, max: 4 }), fc.boolean(), (all, latest, includeYanked) => {
      const crate = crateOf('a', all);
      const few = selectionOf({ latest, includeYanked }).select(crate);
      const more = new Set(selectionOf({ latest: latest + 1, includeYanked }).select(crate));
      assert.ok(few.every((entry) => more.has(entry)));
      const usable = all.filter(({ yanked }) => !yanked).map(({ vers }) => vers);
      const releases = usable.filter((vers) => !vers.includes('-'));
      const counted = (releases.length > 0 ? releases : usable).sort((a, b) =>
        compareVersions(parseVersion(b), parseVersion(a)),
      );
      const kept = few.filter(({ yanked }) => !yanked).map(({ version }) => version);
      assert.deepEqual(new Set(kept), new Set(counted.slice(0, latest)));
    }),
    { numRuns: 300 },
  );
});
