import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generatedSize, heavyTailed, type SizeProfile, sizeProfile } from '@crates-mirror/sample';
import { BottomSample, rankOf } from '@crates-mirror/sampling';
import { estimateBytes } from './estimate.ts';

for (const [tail, profile, widest] of [
  ['log-normal', sizeProfile(14_000), 1],
  ['heavier', heavyTailed(14_000), 4],
] as const)
  test(`the interval of a fixed seed holds the truth, of a ${tail} tail`, () => holdsTruth(profile, widest));

/** @param widest maximum width of the interval, as a multiple of the truth */
function holdsTruth(profile: SizeProfile, widest: number): void {
  const sizes = Array.from({ length: 20_000 }, (_, i) => generatedSize(`crate-${i}`, '1.0.0', profile));
  const truth = sizes.reduce((sum, size) => sum + size, 0);
  const sample = new BottomSample<{ rank: number; size: number }>(400);
  for (const [i, size] of sizes.entries()) sample.add({ rank: rankOf(`crate-${i}-1.0.0`, 1), size });
  const sampled = sample.items.map(({ size }) => size);
  const estimate = estimateBytes(sampled, sizes.length, 0, 1);
  assert.ok(estimate !== undefined && estimate.low < truth && truth < estimate.high, `${truth}`);
  assert.ok(estimate.high - estimate.low < widest * truth);
  assert.deepEqual(estimateBytes(sampled, sizes.length, 0, 1), estimate, 'the same for the same seed');
}

test('known sizes are not estimated', () => {
  assert.deepEqual(estimateBytes([], 0, 1234, 1), { bytes: 1234, low: 1234, high: 1234 });
  assert.equal(estimateBytes([1, 2, 3], 1000, 0, 1), undefined);
});
