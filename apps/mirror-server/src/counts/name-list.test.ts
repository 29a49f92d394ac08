import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NameList } from './name-list.ts';

const list = (...names: string[]): NameList => new NameList(names.map((name) => `${name}\n`).join(''));

test('the very name first, then what begins with it, then words, then what has it within', () => {
  const names = list('aserde', 'a-serde', 'Serde', 'serde_json', 'serde-derive', 'x');
  assert.deepEqual(names.page('serde', 0, 9), {
    names: ['Serde', 'serde_json', 'serde-derive', 'a-serde', 'aserde'],
    total: 5,
  });
  assert.deepEqual(names.page('SERDE-', 0, 9).names, ['serde_json', 'serde-derive']);
  assert.deepEqual(names.page('serde json', 0, 9).names, ['serde_json']);
  assert.deepEqual(names.page('serde', 1, 2), { names: ['serde_json', 'serde-derive'], total: 5 });
  assert.deepEqual(names.page('serde', 5, 2), { names: [], total: 5 });
  assert.deepEqual(names.page('nothing', 0, 9), { names: [], total: 0 });
  assert.deepEqual(names.page('', 4, 9), { names: ['serde-derive', 'x'], total: 6 });
  assert.deepEqual(names.page('x\na', 0, 9).names, []);
  assert.deepEqual(list().page('a', 0, 9).names, []);
  assert.deepEqual(list().page('', 0, 9).names, []);
});

test('a search finds what a plain loop over the names finds, in its order, whatever the pages', () => {
  const name = fc.stringMatching(/^[a-cA-C][a-c_-]{0,5}$/);
  const text = fc.stringMatching(/^[a-c-]{0,3}$/);
  fc.assert(
    fc.property(fc.uniqueArray(name), text, fc.integer({ min: 1, max: 4 }), (names, wanted, count) => {
      const fold = (one: string): string => one.toLowerCase().replaceAll('_', '-');
      const rank = (one: string): number => {
        const name = fold(one);
        if (name === wanted) return 0;
        if (name.startsWith(wanted)) return 1;
        return name.includes(`-${wanted}`) ? 2 : 3;
      };
      const containing = names.filter((one) => fold(one).includes(wanted));
      const expected = containing.sort((one, other) => rank(one) - rank(other));
      const searched = list(...names);
      const found: string[] = [];
      for (let at = 0; at < searched.page(wanted, 0, 0).total; at += count)
        found.push(...searched.page(wanted, at, count).names);
      assert.deepEqual(found, expected);
    }),
  );
});
