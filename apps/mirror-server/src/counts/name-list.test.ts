import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NameList } from './name-list.ts';

const list = (...names: string[]): NameList => new NameList(names.map((name) => `${name}\n`).join(''));

test('the very name first, then what begins with it, then what has it within', () => {
  const names = list('a-serde', 'Serde', 'serde_json', 'serde-derive', 'x');
  assert.deepEqual(names.search('serde', 9), {
    names: ['Serde', 'serde_json', 'serde-derive', 'a-serde'],
    isCut: false,
  });
  assert.deepEqual(names.search('SERDE-', 9).names, ['serde_json', 'serde-derive']);
  assert.deepEqual(names.search('serde', 2), { names: ['Serde', 'serde_json'], isCut: true });
  assert.deepEqual(names.search('nothing', 9), { names: [], isCut: false });
  assert.deepEqual(names.search('', 9).names, []);
  assert.deepEqual(names.search('x\na', 9).names, []);
  assert.deepEqual(list().search('a', 9).names, []);
});

test('a search finds what a plain loop over the names finds', () => {
  const name = fc.stringMatching(/^[a-cA-C][a-c_-]{0,5}$/);
  fc.assert(
    fc.property(fc.uniqueArray(name), fc.stringMatching(/^[a-c_-]{1,3}$/), (names, text) => {
      const fold = (one: string): string => one.toLowerCase().replaceAll('_', '-');
      const expected = names.filter((one) => fold(one).includes(fold(text)));
      assert.deepEqual([...list(...names).search(text, 1000).names].sort(), expected.sort());
    }),
  );
});
