import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noObservations, observe } from './histogram.ts';

test('a value counts in the first bucket that it does not exceed, or above them all', () => {
  const bounds = [1, 2, 5];
  const counted = noObservations(bounds);
  for (const value of [0, 1, 1.5, 2, 5, 5.1, 100]) observe(counted, bounds, value);
  assert.deepEqual([[...counted.counts], counted.sum], [[2, 2, 1, 2], 114.6]);
});
