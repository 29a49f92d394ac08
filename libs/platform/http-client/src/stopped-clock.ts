import type { TestContext } from 'node:test';

/** Smaller than the time limits, so that they are checked in time. */
const STEP_MS = 50;

/**
 * Stops the clock of the clients' time limits for a test.
 *
 * @returns a function that advances it by a number of ms
 */
export function stopClock(t: TestContext): (ms: number) => void {
  let now = performance.now();
  t.mock.method(performance, 'now', () => now);
  t.mock.timers.enable({ apis: ['setInterval'] });
  return (ms) => {
    for (let left = ms; left > 0; left -= STEP_MS) {
      now += Math.min(left, STEP_MS);
      t.mock.timers.tick(Math.min(left, STEP_MS));
    }
  };
}
