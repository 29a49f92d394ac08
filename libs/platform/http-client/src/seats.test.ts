import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Seats } from './seats.ts';

test('holds what a Set holds, whoever comes and goes', () => {
  const step = fc.record({ who: fc.nat(12), isGoing: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const everybody = Array.from({ length: 13 }, (_, name) => ({ name, seat: 0 }));
      const seats = new Seats<(typeof everybody)[number]>();
      const set = new Set<(typeof everybody)[number]>();
      for (const { who, isGoing } of steps) {
        const one = everybody[who];
        assert.ok(one);
        if (isGoing) assert.equal(seats.delete(one), set.delete(one));
        else if (!set.has(one)) {
          seats.add(one);
          set.add(one);
        }
        assert.equal(seats.size, set.size);
        assert.deepEqual(new Set(seats.all), set);
      }
      assert.deepEqual(new Set(seats.take()), set);
      assert.equal(seats.size, 0);
      for (const one of everybody) assert.equal(seats.delete(one), false);
    }),
  );
});
