import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BottomSample, rankOf } from './bottom-sample.ts';
import { meanInterval } from './mean-interval.ts';
import { seededRandom } from './random.ts';
import { meanAbove } from './tail-mean.ts';

const ranked = (ranks: readonly number[]) => ranks.map((rank) => ({ rank }));

test('the sample of the whole is made of those of its parts, in any order', () => {
  const ranks = fc.uniqueArray(fc.nat(), { maxLength: 200 });
  fc.assert(
    fc.property(ranks, fc.nat(30), fc.nat(200), (all, size, cut) => {
      const whole = new BottomSample<{ rank: number }>(size);
      for (const part of [all.slice(cut), all.slice(0, cut)]) {
        const sample = new BottomSample<{ rank: number }>(size);
        for (const item of ranked(part)) sample.add(item);
        for (const item of sample.items) whole.add(item);
      }
      const lowest = [...all].sort((one, other) => one - other).slice(0, size);
      assert.deepEqual(
        whole.items.map(({ rank }) => rank).sort((one, other) => one - other),
        lowest,
      );
    }),
  );
});

test('every version is as likely to be in the sample', () => {
  const deciles = Array.from({ length: 10 }, () => 0);
  for (let i = 0; i < 10_000; i++) {
    const decile = Math.floor((rankOf(`crate-${i}-1.0.0`, 7) / 2 ** 53) * 10);
    deciles[decile] = (deciles[decile] ?? 0) + 1;
  }
  // Pearson's chi-square with 9 degrees of freedom: 1 in 1000 is above 27.9.
  const chiSquare = deciles.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  assert.ok(chiSquare < 27.9, deciles.join(' '));
});

test('an interval holds its mean, is never below what was seen, and is exact of the whole', () => {
  const values = fc.array(fc.nat(1e9), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(values, fc.nat(1000), fc.integer(), (sizes, more, seed) => {
      const interval = meanInterval(sizes, { count: sizes.length + more, largest: 1e7 }, seededRandom(seed));
      if (interval === undefined) return assert.ok(more > 0 && sizes.length < 10);
      const sum = sizes.reduce((total, size) => total + size, 0);
      assert.ok(interval.low <= interval.mean && interval.mean <= interval.high);
      assert.ok(interval.low * (sizes.length + more) >= sum * (1 - 1e-9));
      if (more === 0) assert.equal(interval.low, interval.high);
    }),
    { numRuns: 50 },
  );
});

test('values above the largest of a sample are as large as a Pareto tail has them, and never beyond the limit', () => {
  const values = fc.array(fc.nat(1e9), { minLength: 2, maxLength: 60 });
  fc.assert(
    fc.property(values, (all) => {
      const top = Math.max(...all);
      const mean = meanAbove(all, 1e7);
      assert.ok(mean >= top * (1 - 1e-9) && mean <= Math.max(1e7, 2 * top), `${mean} of ${all}`);
    }),
  );
  // Exactly Pareto with exponent 2: the mean above a value is twice that value, as long as the
  // limit is far away.
  const pareto = Array.from({ length: 10_000 }, (_, i) => 1000 * ((i + 0.5) / 10_000) ** -0.5);
  const mean = meanAbove(pareto, 1e15) / Math.max(...pareto);
  assert.ok(mean > 1.7 && mean < 2.4, `${mean}`);
});
