import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { GetOutcome } from '@crates-mirror/http-client';
import { OK, runLane, status, target } from './lane-in-test.ts';
import type { Target } from './target.ts';

/** Makes targets named `t0` and on. */
function many(count: number): Target[] {
  return Array.from({ length: count }, (_, i) => target(`t${i}`));
}

test('an upstream that puts everything off is asked one at a time, and nothing fails', async () => {
  const isRetryable = (request: number): boolean => request > 5 && request <= 60;
  const targets = many(100);
  const ended = await runLane(targets, (request) => (isRetryable(request) ? status(503) : OK), {
    retries: 20,
  });
  assert.deepEqual([ended.downloaded, ended.failed, ended.fatal], [100, 0, undefined]);
  assert.deepEqual(ended.outages, ['gone', 'back']);
  // Sixteen rejections in a row are no coincidence; after them the most recently served file is
  // requested.
  assert.deepEqual(new Set(ended.asked.slice(21, 60)), new Set(['t4']));
  const retries = targets.reduce((sum, target) => sum + target.retries, 0);
  assert.equal(retries, 15);
});

test('an upstream that puts everything off from the start ends the run after the retries', async () => {
  const ended = await runLane(many(100), () => status(503), { concurrency: 20, retries: 3 });
  assert.equal(ended.fatal, 'https://x.example answers 503 Service Unavailable to everything');
  assert.deepEqual([ended.downloaded, ended.failed, ended.outages], [0, 0, []]);
  assert.ok(ended.asked.length <= 20 + 20 + 3, `${ended.asked.length} requests`);
});

test('an upstream that no longer lets us in is asked one at a time, and not all that is left fails', async () => {
  const isDenied = (request: number): boolean => request > 5 && request <= 60;
  const ended = await runLane(many(100), (request) => (isDenied(request) ? status(401) : OK), {
    retries: 20,
  });
  assert.deepEqual([ended.downloaded, ended.failed, ended.fatal], [85, 15, undefined]);
  assert.deepEqual(ended.outages, ['gone', 'back']);
  assert.deepEqual(new Set(ended.asked.slice(21, 60)), new Set(['t4']));
});

test('an upstream that lets nobody in is waited for where only files in place, not looked at, mention it', async () => {
  const ended = await runLane(many(100), (request) => (request <= 60 ? status(401) : OK), {
    retries: 50,
    inPlace: ['held'],
    passedOver: [target('held')],
  });
  assert.deepEqual([ended.downloaded, ended.failed, ended.fatal], [85, 15, undefined]);
  assert.deepEqual(new Set(ended.asked.slice(16, 60)), new Set(['held']));
});

test('files that alone are rejected fail, however many they are', async () => {
  for (const first of [0, 10]) {
    const isBad = (name: string): boolean =>
      Number(name.slice(1)) >= first && Number(name.slice(1)) < first + 60;
    const ended = await runLane(many(100), (_, name) => (isBad(name) ? status(400) : OK));
    assert.deepEqual([ended.downloaded, ended.failed, ended.fatal], [40, 60, undefined]);
    assert.deepEqual(ended.outages, []);
    assert.ok(ended.asked.length < 100 + 10, `${ended.asked.length} requests`);
  }
});

test('an upstream that puts everything off for good ends the run after five minutes', async (t) => {
  const { now } = performance;
  const answer = (request: number): GetOutcome => {
    if (request === 40) t.mock.method(performance, 'now', () => now.call(performance) + 301_000);
    return request === 1 ? OK : status(429);
  };
  const ended = await runLane(many(100), answer, { retries: 20 });
  assert.equal(ended.fatal, 'https://x.example answers 429 Too Many Requests to everything');
  assert.deepEqual([ended.downloaded, ended.failed, ended.outages], [1, 0, ['gone']]);
  assert.equal(ended.asked.length, 40);
});

test('files that alone are in trouble fail after their retries, however many they are', async () => {
  const isBad = (name: string): boolean => Number(name.slice(1)) >= 10;
  for (const inPlace of [[], many(10).map(({ name }) => name)]) {
    const answer = (_: number, name: string): GetOutcome => (isBad(name) ? status(500) : OK);
    const ended = await runLane(many(40), answer, { inPlace, concurrency: 4 });
    assert.deepEqual([ended.downloaded, ended.failed, ended.fatal], [10 - inPlace.length, 30, undefined]);
    assert.deepEqual(ended.outages, []);
  }
});

test('who is sent to look waits as long as the upstream asks for', async () => {
  const times: number[] = [];
  const ended = await runLane(many(30), (request) => {
    times.push(performance.now());
    return request > 1 && request <= 19 ? status(503, 60) : OK;
  });
  assert.deepEqual([ended.downloaded, ended.failed], [30, 0]);
  for (const request of [18, 19, 20]) {
    const waited = (times[request - 1] as number) - (times[request - 2] as number);
    assert.ok(waited >= 59, `${waited} ms before request ${request}`);
  }
});

test('an upstream that turns us away after a while of putting off is still waited for', async () => {
  const answer = (request: number): GetOutcome => {
    if (request === 1 || request > 50) return OK;
    return status(request > 30 ? 403 : 503);
  };
  const ended = await runLane(many(40), answer, { retries: 20 });
  assert.deepEqual([ended.downloaded, ended.missing, ended.failed], [40, 0, 0]);
  assert.deepEqual(ended.outages, ['gone', 'back']);
});

test('a lane starts no more requests than the rate allows, and goes on by itself when it allows more', async (t) => {
  const stopped = performance.now();
  const clock = t.mock.method(performance, 'now', () => stopped);
  let started = 0;
  let startedAtOnce = 0;
  const ended = await runLane(many(8), async (request, _, lane) => {
    started = request;
    // Two requests may start together at this rate.
    if (request === 1) lane.setLimits({ limit: 8, rate: 100 });
    if (request === 2) {
      for (let i = 0; i < 20; i++) await turn();
      startedAtOnce = started - 1;
      clock.mock.restore();
    }
    return OK;
  });
  assert.deepEqual([startedAtOnce, ended.downloaded], [2, 8]);
});
