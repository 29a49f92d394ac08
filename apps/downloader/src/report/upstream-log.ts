import type { Logger } from '@crates-mirror/logging';
import { formatDuration } from '@crates-mirror/progress';
import { MAX_OUTAGE_MS } from '../lane/upstream/reachability.ts';
import type { UpstreamEvent } from '../lane/upstream/upstream-event.ts';

/**
 * A server may send a Retry-After to each of a hundred requests, so waits are logged at most this
 * often.
 */
const BETWEEN_WAITS_MS = 60_000;

/** Logs why a run is waiting. */
export class UpstreamLog {
  readonly #logger: Logger;
  #lastWait = Number.NEGATIVE_INFINITY;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  note(event: UpstreamEvent, now: number = performance.now()): void {
    switch (event.type) {
      case 'opened':
        this.#logger.warn(`${event.trouble}. Waiting for it, ${formatDuration(MAX_OUTAGE_MS)} at most`);
        break;
      case 'closed':
        this.#logger.info(
          `${event.origin} ${doesAgain(event)} again, after ${formatDuration(event.lastedMs)}`,
        );
        break;
      case 'asked_to_wait':
        this.#askedToWait(event, now);
        break;
    }
  }

  #askedToWait({ origin, status, ms }: UpstreamEvent & { type: 'asked_to_wait' }, now: number): void {
    if (now - this.#lastWait < BETWEEN_WAITS_MS) return;
    this.#lastWait = now;
    const why = status === undefined ? 'Retry-After' : `HTTP status ${status} with Retry-After`;
    this.#logger.warn(
      `${origin} asks to wait ${formatDuration(ms)} (${why}): what it refused is asked for then`,
    );
  }
}

function doesAgain({ cause }: UpstreamEvent & { type: 'closed' }): string {
  return cause === 'unreachable' ? 'answers' : 'serves files';
}
