import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { DirectorySource, indexPath } from '@crates-mirror/crates-index';
import { ChosenTable } from '../model/chosen-table.ts';
import type { SelectionData } from '../model/data.ts';
import { NO_RULES, type SelectionRules } from '../model/rules.ts';
import { plainSelection } from '../selector.ts';
import { lineOf, NOW } from '../test-crates.ts';
import { compareSelections } from './compare.ts';
import { identityOf, readRemembered, remember } from './remembered.ts';

function dataOf(
  rules: Partial<SelectionRules>,
  needed: readonly string[] = [],
  locked: readonly string[] = [],
): SelectionData {
  const { memory } = ChosenTable.of(new Map([['1/a', { isNamed: false, locked, needed }]]));
  return { rules: { ...NO_RULES, ...rules }, chosen: memory, now: NOW };
}

test('a selection is remembered, and known again whatever its files are called and the index has become', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'remembered-'));
  t.after(() => rmSync(root, { recursive: true }));
  const file = join(root, 'selection.json');
  const data = dataOf({ latest: 2, cargoLocks: ['one/Cargo.lock'], deps: 'all' }, ['1.0.0'], ['2.0.0']);
  assert.equal(readRemembered(file), undefined);
  remember(file, data, '2026-06-01T00:00:00.000Z', root);
  const read = readRemembered(file);
  assert.equal(read?.since, '2026-06-01T00:00:00.000Z');
  assert.deepEqual(read.data.rules, data.rules);
  assert.deepEqual(read.data.chosen, data.chosen);
  const other = dataOf(
    { latest: 2, cargoLocks: ['two/Cargo.lock'], deps: 'all' },
    ['1.0.0', '1.0.1'],
    ['2.0.0'],
  );
  assert.equal(identityOf(read.data), identityOf(other));
  for (const changed of [
    dataOf({ latest: 3 }),
    dataOf({ latest: 2, cargoLocks: ['x'], deps: 'all' }, [], ['2.0.1']),
  ])
    assert.notEqual(identityOf(changed), identityOf(data));
  const bad = '{"format_version":1,"since":"2026-06-01","rules":{"include":["/"]},"chosen":null}';
  for (const text of [
    bad,
    '',
    '{}',
    '{"format_version":2}',
    '{"format_version":1,"since":"x","rules":{},"chosen":3}',
  ]) {
    writeFileSync(file, text);
    assert.equal(readRemembered(file), undefined, text);
  }
});

test('two selections are compared by the versions that they have', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'compare-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const name of ['a', 'b']) {
    mkdirSync(dirname(join(root, indexPath(name))), { recursive: true });
    const lines = ['1.0.0', '1.1.0', '2.0.0'].map((vers) => lineOf(name, { vers, yanked: vers === '1.1.0' }));
    writeFileSync(join(root, indexPath(name)), lines.join(''));
  }
  const index = new DirectorySource(root);
  const latest = dataOf({ latest: 1 });
  assert.deepEqual(await compareSelections(plainSelection(false), latest, index), {
    added: 0,
    leftBehind: 2,
  });
  assert.deepEqual(await compareSelections(latest, plainSelection(true), index), { added: 4, leftBehind: 0 });
  const other = dataOf({ cargoLocks: ['x'] }, [], ['1.1.0']);
  assert.deepEqual(await compareSelections(latest, other, index), { added: 1, leftBehind: 2 });
});
