import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WindowEstimator } from './window-estimator.ts';

/**
 * Round trips over a line that holds `bandwidth` bytes per millisecond: each delivers that or a
 * window, whichever is less.
 */
function windowsOver(rttMs: number, bandwidth: number, estimator: WindowEstimator): number[] {
  const windows: number[] = [];
  for (let now = 0; windows.length < 20; now += rttMs) {
    estimator.ask(now);
    estimator.arrived(Math.min(bandwidth * rttMs, estimator.window));
    estimator.answered(now + rttMs);
    windows.push(estimator.window);
  }
  return windows;
}

test('a window doubles each round trip until it no longer limits the rate', () => {
  // The line holds 50,000 bytes.
  assert.deepEqual(
    windowsOver(100, 500, new WindowEstimator(10_000, 1_000_000)).slice(0, 5),
    [20_000, 40_000, 80_000, 80_000, 80_000],
  );
});

test('a window that is large enough stays, and none exceeds the limit', () => {
  assert.equal(windowsOver(100, 10, new WindowEstimator(10_000, 1_000_000)).at(-1), 10_000);
  assert.equal(windowsOver(100, 1e9, new WindowEstimator(10_000, 70_000)).at(-1), 70_000);
});

test('a larger window that brings no better rate is the last', () => {
  const estimator = new WindowEstimator(1000, 1_000_000);
  // A server that always has a full window in its buffers, whatever its size: round trips get
  // longer instead.
  for (let now = 0; now < 1e6; ) {
    const rttMs = estimator.window / 100;
    estimator.ask(now);
    estimator.arrived(estimator.window);
    now += rttMs;
    estimator.answered(now);
  }
  assert.equal(estimator.window, 2000);
});

test('one PING at a time, none once the limit is reached, and answers to none are passed over', () => {
  const estimator = new WindowEstimator(100, 150);
  assert.equal(estimator.answered(1), 0);
  assert.deepEqual([estimator.ask(1), estimator.ask(2)], [true, false]);
  estimator.arrived(100);
  assert.equal(estimator.answered(11), 50);
  assert.equal(estimator.answered(11), 0);
  assert.equal(estimator.ask(12), false);
});

test('whatever a server does, windows never shrink and keep within the limit', () => {
  const step = fc.record({ bytes: fc.nat(1e9), ms: fc.nat(1000), isAnswered: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step), fc.integer({ min: 1, max: 1e6 }), fc.nat(1e6), (steps, first, more) => {
      const estimator = new WindowEstimator(first, first + more);
      let now = 0;
      for (const { bytes, ms, isAnswered } of steps) {
        const before = estimator.window;
        estimator.ask(now);
        estimator.arrived(bytes);
        now += ms;
        const grown = isAnswered ? estimator.answered(now) : 0;
        assert.equal(estimator.window, before + grown);
        assert.ok(grown >= 0 && estimator.window <= first + more);
      }
    }),
  );
});
