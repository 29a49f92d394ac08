import { connect } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';

const STREAMS = 20;
const WINDOW = 1000;
const STAYS_MS = 5000;

/**
 * Requests bodies with a flow-control window that is much smaller than they are, reads nothing, and
 * leaves after some seconds: again and again.
 *
 * @returns how many bodies it has left
 */
export async function readSlowly(
  origin: string,
  ca: string,
  paths: readonly string[],
  until: number,
): Promise<number> {
  let left = 0;
  while (performance.now() < until) {
    const session = connect(origin, { ca, settings: { initialWindowSize: WINDOW } });
    session.on('error', () => {});
    for (let i = 0; i < STREAMS; i++) {
      const stream = session.request({ ':path': paths[i % paths.length] });
      stream.on('error', () => {});
      left += 1;
    }
    await sleep(STAYS_MS);
    session.destroy();
  }
  return left;
}
