import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestLimit } from './request-limit.ts';

const UNLIMITED = Number.POSITIVE_INFINITY;

test('so many requests may be under way at once, from one moment to the next', () => {
  const limit = new RequestLimit({ limit: 2, rate: UNLIMITED }, () => assert.fail());
  assert.deepEqual(
    [0, 1, 2, 3].map((underWay) => limit.allows(underWay, 0)),
    [true, true, false, false],
  );
  limit.set({ limit: 4, rate: UNLIMITED });
  assert.ok(limit.allows(3, 0));
  limit.set({ limit: 1, rate: UNLIMITED });
  assert.ok(!limit.allows(3, 0));
});

test('so many may be started in a second, evenly', () => {
  const limit = new RequestLimit({ limit: 1000, rate: 100 }, () => {});
  let started = 0;
  const perTenth: number[] = [];
  for (let now = 1; now <= 1000; now += 1) {
    while (limit.allows(0, now)) {
      limit.started();
      started += 1;
    }
    if (now % 100 === 0) perTenth.push(started);
  }
  limit.stop();
  assert.ok(Math.abs(started - 100) <= 2, String(started));
  const differences = perTenth.slice(1).map((sum, i) => sum - (perTenth[i] ?? 0));
  assert.ok(
    differences.every((count) => Math.abs(count - 10) <= 2),
    differences.join(' '),
  );
});

test('when the rate allows another request, the lane learns it', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const limit = new RequestLimit({ limit: 10, rate: 1000 }, resolve);
  const now = performance.now();
  while (limit.allows(0, now)) limit.started();
  await promise;
  assert.ok(limit.allows(0, now + 1000));
});

test('targets that wait out a backoff do not stop a lane whose limit is low because of them', () => {
  const limit = new RequestLimit({ limit: 1, rate: 5 }, () => {});
  assert.ok(limit.mostWaiting >= 256);
});
