import type { TestContext } from 'node:test';

/** Times are looked at more often than they run out. */
const STEP_MS = 50;

/** Stops the clock of the clients' time limits for a test. @returns what lets so many ms pass on it */
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
