import type { Logger } from '@crates-mirror/logging';
import { formatDuration } from '@crates-mirror/progress';
import type { OutageNote, WaitRequest } from './lane/upstream/outage-note.ts';
import { MAX_OUTAGE_MS } from './lane/upstream/reachability.ts';

/** A server that asks for patience may do so for each of a hundred requests. */
const BETWEEN_WAITS_MS = 60_000;

/** Tells why a run stands still. */
export class UpstreamLog {
  readonly #logger: Logger;
  #lastWait = Number.NEGATIVE_INFINITY;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  outage(outage: OutageNote): void {
    if ('lastedMs' in outage) {
      const does = outage.isServing ? 'hands out files' : 'answers';
      this.#logger.info(`${outage.origin} ${does} again, after ${formatDuration(outage.lastedMs)}`);
    } else {
      this.#logger.warn(`${outage.trouble}. Waiting for it, ${formatDuration(MAX_OUTAGE_MS)} at most`);
    }
  }

  askedToWait({ origin, status, ms }: WaitRequest, now: number = performance.now()): void {
    if (now - this.#lastWait < BETWEEN_WAITS_MS) return;
    this.#lastWait = now;
    const why = status === undefined ? 'Retry-After' : `HTTP status ${status} with Retry-After`;
    this.#logger.warn(
      `${origin} asks to wait ${formatDuration(ms)} (${why}): what it refused is asked for then`,
    );
  }
}
