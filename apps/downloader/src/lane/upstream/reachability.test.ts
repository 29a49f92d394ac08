import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWaitOver, Reachability } from './reachability.ts';

test('an upstream that was never reached is given up soon, silence only after a while', () => {
  const never = new Reachability(20);
  const verdicts = Array.from({ length: 21 }, () => never.failedInSilence(1000));
  assert.deepEqual([verdicts.indexOf(true), verdicts.filter(Boolean).length], [19, 2]);

  const silence = new Reachability(1);
  silence.reached('https://a.example', 0, false);
  for (let now = 0; now <= 60_000; now += 1000)
    assert.equal(silence.failedInSilence(now), false, String(now));
  assert.equal(silence.failedInSilence(60_001), true);
  silence.reached('https://a.example', 60_002, false);
  assert.equal(silence.failedInSilence(60_003), false);
});

test('an answer ends a silence: what failed before it does not count any longer', () => {
  const silence = new Reachability(1);
  silence.reached('https://a.example', 0, false);
  for (let i = 0; i < 15; i++) silence.failedInSilence(70_000);
  silence.reached('https://a.example', 70_000, false);
  assert.equal(silence.failedInSilence(140_000), false);
});

test('an outage is one of an upstream that has answered, and of no other that answers meanwhile', () => {
  const reachability = new Reachability(1);
  assert.equal(reachability.isOutage('https://a.example', 0), true);
  reachability.reached('https://a.example', 100, false);
  assert.equal(reachability.isOutage('https://a.example', 99), false);
  assert.equal(reachability.isOutage('https://a.example', 100), true);
  assert.equal(reachability.isOutage('https://a.example', 101), true);
  assert.equal(reachability.isOutage('https://b.example', 101), false);
});

test('an upstream that was there is waited for by the clock, another one by the retries', () => {
  const over = (wasThere: boolean, failures: number, now: number): boolean =>
    isWaitOver({ since: 10, failures, wasThere }, 3, now);
  assert.deepEqual([over(false, 3, 11), over(false, 4, 11)], [false, true]);
  assert.deepEqual([over(true, 1000, 300_010), over(true, 1, 300_011)], [false, true]);
});

test('all are retryable when so many are, one after the other, and no other upstream serves files', () => {
  const [a, b] = ['https://a.example', 'https://b.example'] as const;
  const putOff = (reachability: Reachability, times: number): boolean => {
    for (let i = 0; i < times; i++) reachability.reached(a, i, true);
    return reachability.isBusy(a);
  };
  const reachability = new Reachability(20);
  assert.deepEqual([putOff(reachability, 19), putOff(reachability, 1)], [false, true]);
  reachability.reached(a, 21, false);
  reachability.served(a);
  assert.deepEqual([putOff(reachability, 19), putOff(reachability, 1)], [false, true]);
  reachability.served(b);
  assert.equal(putOff(reachability, 20), false);
});
