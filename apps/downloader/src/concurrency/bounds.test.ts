import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestBounds, startRequests } from './bounds.ts';

const MEMORY = 4 * 2 ** 30;

test('memory and a limited rate bound the requests, and never below one for each lane', () => {
  const all = requestBounds(4, MEMORY, undefined);
  assert.deepEqual(all, { least: 4, most: 2048, start: 64 });
  assert.deepEqual(requestBounds(4, MEMORY, 1e9), all);
  assert.equal(requestBounds(4, 256 << 20, undefined).most, 512);
  assert.deepEqual(requestBounds(4, MEMORY, 1e6), { least: 4, most: 152, start: 64 });
  assert.deepEqual(requestBounds(4, MEMORY, 100_000), { least: 4, most: 15, start: 15 });
  assert.deepEqual(requestBounds(4, MEMORY, 10_000), { least: 4, most: 4, start: 1 });
  assert.equal(startRequests(10_000), 1);
});
