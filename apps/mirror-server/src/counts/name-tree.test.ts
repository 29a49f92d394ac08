import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { foldName } from './fold-name.ts';
import { NameList } from './name-list.ts';
import type { NameTree } from './name-tree.ts';

const treeOf = (names: readonly string[]): NameTree =>
  new NameList(names.map((name) => `${name}\n`).join('')).tree;

test('prefixes lead down to names, whatever their case', () => {
  const tree = treeOf(['a', 'serde-derive', 'Serde', 'serde_json', 'syn', 's']);
  assert.deepEqual(tree.page('', 0, 9), {
    total: 6,
    longer: [
      { prefix: 'a', count: 1 },
      { prefix: 's', count: 5 },
    ],
    names: ['a', 's', 'Serde', 'serde-derive', 'serde_json', 'syn'],
  });
  assert.deepEqual(tree.page('S', 1, 2).names, ['Serde', 'serde-derive']);
  assert.deepEqual(tree.page('serde', 0, 9), {
    total: 3,
    longer: [{ prefix: 'serde-', count: 2 }],
    names: ['Serde', 'serde-derive', 'serde_json'],
  });
  assert.deepEqual(tree.page('serde_j', 0, 9).names, ['serde_json']);
  assert.deepEqual(tree.page('x', 0, 9), { total: 0, longer: [], names: [] });
  assert.deepEqual(treeOf([]).page('', 0, 9), { total: 0, longer: [], names: [] });
});

test('leafing through a prefix finds every name that begins with it once, in order', () => {
  const name = fc.stringMatching(/^[a-cA-C][a-c_-]{0,4}$/);
  const names = fc.uniqueArray(name, { selector: foldName });
  fc.assert(
    fc.property(
      names,
      fc.stringMatching(/^[a-c-]{0,3}$/),
      fc.integer({ min: 1, max: 4 }),
      (all, prefix, count) => {
        const tree = treeOf(all);
        const expected = all
          .filter((one) => foldName(one).startsWith(prefix))
          .sort((a, b) => (foldName(a) < foldName(b) ? -1 : 1));
        const { total, longer } = tree.page(prefix, 0, 0);
        const found: string[] = [];
        for (let at = 0; at < total; at += count) found.push(...tree.page(prefix, at, count).names);
        assert.deepEqual(found, expected);
        const itself = expected.some((one) => foldName(one) === prefix) ? 1 : 0;
        assert.equal(
          longer.reduce((sum, one) => sum + one.count, itself),
          total,
        );
      },
    ),
  );
});
