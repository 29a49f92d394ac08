import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { DirectorySource, type IndexProblem, indexPath } from '@crates-mirror/crates-index';
import { ChosenTable } from '../model/chosen-table.ts';
import { fingerprintOf } from '../model/fingerprint.ts';
import { NO_RULES, type SelectionRules } from '../model/rules.ts';
import { CKSUM, lineOf, NOW } from '../test-crates.ts';
import { prepareSelection } from './prepare.ts';

interface Cleanup {
  after(callback: () => void): void;
}

/** An index with these crates, each with one version, and a list beside it. */
function makeIndex(
  t: Cleanup,
  names: readonly string[],
  list: string,
  pubtime?: string,
): { index: DirectorySource; list: string } {
  const root = mkdtempSync(join(tmpdir(), 'prepare-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const name of names) {
    const file = join(root, 'index', indexPath(name));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, lineOf(name, { vers: '1.0.0', pubtime }));
  }
  writeFileSync(join(root, 'list'), list);
  return { index: new DirectorySource(join(root, 'index')), list: join(root, 'list') };
}

const NAMES = ['serde', 'Serde_JSON', 'tokio', 'a-b_c', 'nix'];

test('index files are chosen by name where all crates are called by theirs', (t) => {
  const { index, list } = makeIndex(t, NAMES, '# mine\nserde-json\nni/x\nA_B-C\tbecause\nno-such-crate\n');
  const filesOf = (rules: Partial<SelectionRules>): [string | undefined, string[]] => {
    const problems: IndexProblem[] = [];
    const { files } = prepareSelection({ ...NO_RULES, ...rules }, index, (problem) => problems.push(problem));
    return [files?.join(' '), problems.map(({ file, message }) => `${file} ${message}`)];
  };
  const missing = [
    'ni/x the index has no such crate, which --names names',
    'no/-s/no-such-crate the index has no such crate, which --names names',
  ];
  const [files, problems] = filesOf({ names: [list] });
  assert.equal(files, 'a-/b_/a-b_c se/rd/serde_json');
  assert.deepEqual(problems.sort(), missing);
  assert.deepEqual(filesOf({ include: ['tokio', 'SERDE'] }), ['se/rd/serde to/ki/tokio', []]);
  assert.deepEqual(filesOf({ include: ['tokio', 'ser*'] }), [undefined, []]);
  assert.deepEqual(filesOf({ exclude: ['tokio'] }), [undefined, []]);
  assert.deepEqual(filesOf({ include: ['tokyo'] }), [
    '',
    ['to/ky/tokyo the index has no such crate, which --include names'],
  ]);
});

test('a list without names selects nothing, which is reported', (t) => {
  const { index, list } = makeIndex(t, NAMES, '# nothing yet\n');
  const problems: IndexProblem[] = [];
  const { files } = prepareSelection({ ...NO_RULES, names: [list] }, index, (one) => problems.push(one));
  assert.deepEqual(files, []);
  assert.deepEqual(problems, [{ file: list, line: 0, message: 'this list of --names is empty', count: 0 }]);
});

test('a lock file selects what it pins, and what cannot be mirrored of it is reported', (t) => {
  const lock = lockOf('serde 1.0.0', `tokio 1.0.0 ${'b'.repeat(64)}`, 'nix 2.0.0', 'nowhere 1.0.0');
  const { index, list } = makeIndex(t, NAMES, lock);
  const problems: IndexProblem[] = [];
  const rules = { ...NO_RULES, cargoLocks: [list] };
  const { files, data } = prepareSelection(rules, index, (one) => problems.push(one));
  assert.deepEqual(files, ['se/rd/serde']);
  assert.deepEqual(data.chosen && new ChosenTable(data.chosen).get('se/rd/serde')?.locked, ['1.0.0']);
  assert.deepEqual(
    problems.map(({ message }) => message),
    [
      `tokio 1.0.0 is pinned with the SHA-256 ${'b'.repeat(64)}, and the index has ${CKSUM}: these are other bytes than were locked`,
      'nix 2.0.0 is pinned, and the index does not have it',
      'nowhere 1.0.0 is pinned, and the index does not have it',
    ],
  );
});

test('a lock file that pins a version below --min-age is refused it, with the date from which it is old enough', (t) => {
  const { index, list } = makeIndex(t, ['serde'], lockOf('serde 1.0.0'), '2026-06-14T12:00:00Z');
  const refusalsOf = (more: Partial<SelectionRules>): string[] => {
    const problems: IndexProblem[] = [];
    const rules = { ...NO_RULES, cargoLocks: [list], ...more };
    prepareSelection(rules, index, (one) => problems.push(one), { now: NOW });
    return problems.map(({ message }) => message);
  };
  const week = 7 * 24 * 3_600_000;
  assert.deepEqual(refusalsOf({ minAge: week }), [
    'serde 1.0.0 is pinned, and refused: published 2026-06-14T12:00:00Z, too young for --min-age: it comes of age at 2026-06-21T12:00:00Z',
  ]);
  assert.deepEqual(refusalsOf({ minAge: week / 7 }), []);
  assert.deepEqual(refusalsOf({ newerThan: NOW }), []);
  const denied = [{ crate: 'serde', versions: undefined, reason: 'steals keys', since: '2026-06-01' }];
  assert.deepEqual(refusalsOf({ minAge: week, denied }), [
    'serde 1.0.0 is pinned, and kept out: denied since 2026-06-01: steals keys',
  ]);
  assert.deepEqual(refusalsOf({ exclude: ['ser*'] }), [
    'serde 1.0.0 is pinned, and kept out: --exclude ser*',
  ]);
});

function lockOf(...packages: string[]): string {
  const source = 'source = "registry+https://github.com/rust-lang/crates.io-index"';
  const tables = packages.map((one) => {
    const [name, version, sum = CKSUM] = one.split(' ');
    return `[[package]]\nname = "${name}"\nversion = "${version}"\n${source}\nchecksum = "${sum}"\n`;
  });
  return tables.join('');
}

test('the same selection has the same fingerprint, whatever its files are called', (t) => {
  const one = makeIndex(t, NAMES, 'serde\ntokio\n');
  const other = makeIndex(t, NAMES, 'tokio\nSERDE\n');
  const of = ({ index, list }: typeof one, rules: Partial<SelectionRules> = {}): string | boolean =>
    fingerprintOf(prepareSelection({ ...NO_RULES, names: [list], ...rules }, index, () => {}).data);
  assert.equal(of(one), of(other));
  assert.notEqual(of(one), of(one, { latest: 1 }));
  writeFileSync(other.list, 'tokio\n');
  assert.notEqual(of(one), of(other));
  assert.deepEqual([of(one, { names: [] }), of(one, { names: [], includeYanked: true })], [false, true]);
});
