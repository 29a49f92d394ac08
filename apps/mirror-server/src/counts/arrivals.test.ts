import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Arrivals } from './arrivals.ts';

const NOW = Date.UTC(2026, 10, 30);
const HOUR = 3_600_000;

test('the newest of many are what sorting all of them finds', () => {
  const ages = fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 6000 });
  fc.assert(
    fc.property(ages, (minutes) => {
      const arrivals = new Arrivals(NOW);
      const all = minutes.map((age, i) => ({
        name: 'a',
        version: `1.0.${i}`,
        at: NOW - age * 60_000,
        order: i,
      }));
      for (const { name, version, at, order } of all) arrivals.add(name, version, at, order);
      const expected = all
        .toSorted((a, b) => b.at - a.at || b.order - a.order)
        .slice(0, 500)
        .map(({ name, version, at }) => ({ name, version, at }));
      assert.deepEqual(arrivals.list().newest, expected);
    }),
    { numRuns: 50 },
  );
});

test('arrivals of a day are counted, also unlisted ones', () => {
  const arrivals = new Arrivals(NOW);
  for (let i = 0; i < 3000; i++) arrivals.add('a', `1.0.${i}`, NOW - HOUR, i);
  arrivals.add('b', '1.0.0', NOW - 24 * HOUR, 0);
  const { newest, lastDay } = arrivals.list();
  assert.equal(lastDay, 3000);
  assert.equal(newest.length, 500);
  assert.deepEqual(newest[0], { name: 'a', version: '1.0.2999', at: NOW - HOUR });
});
