import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PathTable } from './path-table.ts';

test('each path has one number, by which it is found again', () => {
  const path = fc.stringMatching(/^[a-z0-9/_-]{1,70}$/);
  fc.assert(
    fc.property(fc.array(path, { maxLength: 60 }), (paths) => {
      const table = new PathTable();
      const numbers = new Map(paths.map((one) => [one, table.numberOf(one)]));
      assert.deepEqual(
        [...numbers.values()].sort((a, b) => a - b),
        [...numbers.keys()].map((_, i) => i),
      );
      for (const [one, number] of numbers)
        assert.deepEqual([table.pathOf(number), table.numberOf(one)], [one, number]);
    }),
    { numRuns: 200 },
  );
});
