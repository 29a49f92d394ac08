import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ObjectTable } from './object-table.ts';

const KEY = fc.constantFrom('crates/se/rd/serde-1.0.0.crate', 'crates/1/a-1.0.0.crate', 'index/se/rd/serde');
const OBJECT = fc.record({
  key: KEY,
  size: fc.oneof(fc.nat(), fc.integer({ min: 2 ** 32, max: 2 ** 45 })),
  etag: fc.constantFrom('a', 'b', '1895fd3f1fa1af269610f12d13feb801-2'),
});

test('a table of objects is one of their last states', () => {
  const step = fc.oneof(OBJECT, KEY);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), OBJECT, (steps, asked) => {
      const table = new ObjectTable();
      const states = new Map<string, { size: number; etag: string }>();
      for (const one of steps) {
        if (typeof one === 'string') {
          table.delete(one);
          states.delete(one);
        } else {
          table.set(one);
          states.set(one.key, one);
        }
      }
      const state = states.get(asked.key);
      assert.equal(table.sizeOf(asked.key), state?.size);
      assert.equal(table.isSame(asked), state?.size === asked.size && state.etag === asked.etag);
      if (state !== undefined) assert.ok(table.isSame({ key: asked.key, ...state }));
    }),
  );
});
