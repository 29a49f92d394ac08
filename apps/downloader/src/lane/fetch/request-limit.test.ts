import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestLimit, type RequestLimits } from './request-limit.ts';

const UNLIMITED = Number.POSITIVE_INFINITY;

function limited(limits: RequestLimits, onAllowed: () => void): RequestLimit {
  const limit = new RequestLimit(limits.limit, onAllowed);
  limit.set(limits);
  return limit;
}

test('so many requests may be under way at once, from one moment to the next', () => {
  const limit = new RequestLimit(2, () => assert.fail());
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
  const limit = limited({ limit: 1000, rate: 100 }, () => {});
  let started = 0;
  const perTenth: number[] = [];
  for (let now = 1; now <= 1000; now += 1) {
    while (limit.allows(0, now)) {
      limit.started(now);
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
  const limit = limited({ limit: 10, rate: 1000 }, resolve);
  const now = performance.now();
  while (limit.allows(0, now)) limit.started(now);
  limit.awaitRate(now);
  await promise;
  assert.ok(limit.allows(0, now + 1000));
});

test('asking whether a request may start changes nothing and waits for nothing', () => {
  const limit = limited({ limit: 10, rate: 1 }, () => assert.fail());
  const answers = Array.from({ length: 3 }, () => limit.allows(0, 5000));
  limit.started(5000);
  assert.deepEqual(
    [...answers, limit.allows(0, 5500), limit.allows(0, 6000)],
    [true, true, true, false, true],
  );
});

test('targets that wait out a backoff do not stop a lane whose limit is low because of them', () => {
  const limit = limited({ limit: 1, rate: 5 }, () => {});
  assert.ok(limit.maxWaiting >= 256);
});
