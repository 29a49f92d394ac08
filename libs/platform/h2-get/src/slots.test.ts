import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Slots } from './slots.ts';

test('holds the same members as a Set', () => {
  const step = fc.record({ who: fc.nat(12), isGoing: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const everybody = Array.from({ length: 13 }, (_, name) => ({ name, slot: 0 }));
      const slots = new Slots<(typeof everybody)[number]>();
      const set = new Set<(typeof everybody)[number]>();
      for (const { who, isGoing } of steps) {
        const one = everybody[who];
        assert.ok(one);
        if (isGoing) assert.equal(slots.delete(one), set.delete(one));
        else if (!set.has(one)) {
          slots.add(one);
          set.add(one);
        }
        assert.equal(slots.size, set.size);
        assert.deepEqual(new Set(slots.all), set);
      }
      assert.deepEqual(new Set(slots.take()), set);
      assert.equal(slots.size, 0);
      for (const one of everybody) assert.equal(slots.delete(one), false);
    }),
  );
});
