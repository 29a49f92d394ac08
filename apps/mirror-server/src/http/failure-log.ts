import type { Logger } from '@crates-mirror/logging';
import { formatCount } from '@crates-mirror/progress';

/** A failure is over once no request has failed for its reason for this long. ms */
const QUIET_MS = 60_000;
/** Number of reasons that are remembered. Beyond that, each failed request is logged. */
const MAX_REASONS = 100;

interface Reason {
  count: number;
  timer: NodeJS.Timeout;
}

/**
 * Logs requests that cannot be answered, once per reason however many fail, and logs when the
 * failures have stopped.
 */
export class FailureLog {
  readonly #logger: Pick<Logger, 'error' | 'info' | 'debug'>;
  readonly #reasons = new Map<string, Reason>();

  constructor(logger: Pick<Logger, 'error' | 'info' | 'debug'>) {
    this.#logger = logger;
  }

  /** @param request its method and URL */
  tell(request: string, message: string): void {
    // Normalizes hashes and numbers, because a damaged pack reports a different offset for each
    // object.
    const key = message.replace(/\b(?:[0-9a-f]{40,64}|\d+)\b/g, '#');
    const known = this.#reasons.get(key);
    if (known === undefined) {
      this.#logger.error(`${request}: ${message}`);
      if (this.#reasons.size < MAX_REASONS)
        this.#reasons.set(key, { count: 1, timer: this.#forgetLater(key, message) });
      return;
    }
    known.count += 1;
    clearTimeout(known.timer);
    known.timer = this.#forgetLater(key, message);
    this.#logger.debug(`${request}: ${message}`);
  }

  #forgetLater(key: string, message: string): NodeJS.Timeout {
    return setTimeout(() => this.#forget(key, message), QUIET_MS).unref();
  }

  #forget(key: string, message: string): void {
    const { count = 0 } = this.#reasons.get(key) ?? {};
    this.#reasons.delete(key);
    const requests = count === 1 ? 'one request' : `${formatCount(count)} requests`;
    this.#logger.info(`no request has failed for a minute, after ${requests}: ${message}`);
  }
}
