import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generatedSize, sizeProfile } from '@crates-mirror/sample-registry';
import fc from 'fast-check';
import { BottomSample, rankOf } from './bottom-sample.ts';
import { estimateBytes } from './estimate.ts';
import { meanInterval } from './mean-interval.ts';
import { seededRandom } from './random.ts';

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

test('the interval of a fixed seed holds the truth', () => {
  const sizes = Array.from({ length: 20_000 }, (_, i) =>
    generatedSize(`crate-${i}`, '1.0.0', sizeProfile(14_000)),
  );
  const truth = sizes.reduce((sum, size) => sum + size, 0);
  const sample = new BottomSample<{ rank: number; size: number }>(400);
  for (const [i, size] of sizes.entries()) sample.add({ rank: rankOf(`crate-${i}-1.0.0`, 1), size });
  const sampled = sample.items.map(({ size }) => size);
  const estimate = estimateBytes(sampled, sizes.length, 0, 1);
  assert.ok(estimate !== undefined && estimate.low < truth && truth < estimate.high, `${truth}`);
  assert.ok(estimate.high - estimate.low < truth);
  assert.deepEqual(estimateBytes(sampled, sizes.length, 0, 1), estimate, 'the same for the same seed');
});

test('an interval holds its mean, is never below what was seen, and is exact of the whole', () => {
  const values = fc.array(fc.nat(1e9), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(values, fc.nat(1000), fc.integer(), (sizes, more, seed) => {
      const interval = meanInterval(sizes, sizes.length + more, seededRandom(seed));
      if (interval === undefined) return assert.ok(more > 0 && sizes.length < 10);
      const sum = sizes.reduce((total, size) => total + size, 0);
      assert.ok(interval.low <= interval.mean && interval.mean <= interval.high);
      assert.ok(interval.low * (sizes.length + more) >= sum * (1 - 1e-9));
      if (more === 0) assert.equal(interval.low, interval.high);
    }),
    { numRuns: 50 },
  );
});

test('what is known is not estimated', () => {
  assert.deepEqual(estimateBytes([], 0, 1234, 1), { bytes: 1234, low: 1234, high: 1234 });
  assert.equal(estimateBytes([1, 2, 3], 1000, 0, 1), undefined);
});
