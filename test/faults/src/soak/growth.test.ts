import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@crates-mirror/sampling';
import { growthOf, lineThrough } from './growth.ts';

const MINUTES = Array.from({ length: 20 }, (_, minute) => minute);

/** 100 MB after a warm-up, with noise of 2 MB, and a leak. */
function live(leak: number) {
  const random = seededRandom(7);
  const points = MINUTES.map((minute) => ({
    at: minute * 60,
    value: Math.min(100, 60 + minute * 10) + 4 * (random() - 0.5) + leak * minute,
  }));
  return growthOf({ name: 'live memory', unit: 'MB', points });
}

test('a leak of half a megabyte a minute shows; a warm-up and noise are none', () => {
  assert.equal(live(0).hasGrown, false);
  assert.equal(live(0.5).hasGrown, true);
});

test('descriptors that pile up have grown, a few more have not', () => {
  const points = MINUTES.map((at) => ({ at, value: 40 + (at % 4) }));
  assert.equal(growthOf({ name: 'descriptors', unit: '', points }).hasGrown, false);
  const leaking = points.map(({ at, value }) => ({ at, value: value + 2 * at }));
  assert.equal(growthOf({ name: 'descriptors', unit: '', points: leaking }).hasGrown, true);
});

test('a line is found with its error', () => {
  const line = MINUTES.map((at) => ({ at, value: 3 + 2 * at }));
  assert.deepEqual(lineThrough(line), { slope: 2, error: 0 });
});
