/**
 * How long an upstream that was available may be unreachable, for example while a router is
 * replaced or a CDN has problems.
 */
export const MAX_OUTAGE_MS = 5 * 60_000;
/**
 * How long an upstream that closes the connection on every request is tolerated before the run
 * gives up.
 */
const MAX_SILENCE_MS = 60_000;
const MIN_FAILURES = 16;

/**
 * Distinguishes an upstream that is unreachable or rejects everything from one with occasional
 * failures. A wrong certificate or a dead network must end a run with one message, or be waited
 * out. It must not cause a failure for each of two million files.
 */
export class Reachability {
  #threshold = MIN_FAILURES;
  /** Origins that have responded. A list of URLs may name others that never will. */
  readonly #origins = new Set<string>();
  /** Origins that have served a file. */
  readonly #serving = new Set<string>();
  #failuresInARow = 0;
  #rejectedInARow = 0;
  #lastContact: number | undefined;

  /**
   * @param concurrency maximum number of concurrent requests, all of which may fail at the same
   *   time
   */
  constructor(concurrency: number) {
    this.setConcurrency(concurrency);
  }

  /** @param concurrency the new maximum number of concurrent requests */
  setConcurrency(concurrency: number): void {
    this.#threshold = Math.max(MIN_FAILURES, concurrency);
  }

  /**
   * Called with each response, whatever its status.
   *
   * @param isRejected whether it was neither the file nor "missing"
   */
  reached(origin: string, now: number, isRejected: boolean): void {
    this.#failuresInARow = 0;
    this.#rejectedInARow = isRejected ? this.#rejectedInARow + 1 : 0;
    this.#lastContact = now;
    this.#origins.add(origin);
  }

  /** Called when requests resume after a pause. */
  resume(now: number): void {
    if (this.#lastContact !== undefined) this.#lastContact = now;
  }

  /** Called when this lane or another one received a complete file. */
  served(origin: string): void {
    this.#serving.add(origin);
  }

  /** Whether any origin has ever responded. */
  get isKnown(): boolean {
    return this.#lastContact !== undefined;
  }

  /** Whether the origin has ever served a file. */
  hasServed(origin: string): boolean {
    return this.#serving.has(origin);
  }

  /**
   * Whether no other origin has served a file, so that waiting for this one delays no other files.
   */
  isAlone(origin: string): boolean {
    return this.#serving.size === (this.#serving.has(origin) ? 1 : 0);
  }

  /**
   * Whether an unreachable origin indicates a network outage, and not just one bad origin among
   * many.
   *
   * @param since when the attempt began
   */
  isOutage(origin: string, since: number): boolean {
    if (this.#lastContact === undefined) return true;
    return this.#origins.has(origin) && this.#lastContact <= since;
  }

  /** Whether enough consecutive requests were rejected to conclude that all are. */
  isBusy(origin: string): boolean {
    return this.#rejectedInARow >= this.#threshold && this.isAlone(origin);
  }

  /** Called when a target has failed without a response. @returns whether to give up altogether */
  failedInSilence(now: number): boolean {
    this.#failuresInARow += 1;
    if (this.#failuresInARow < this.#threshold) return false;
    return this.#lastContact === undefined || now - this.#lastContact > MAX_SILENCE_MS;
  }
}

/** The state of an outage. */
export interface Wait {
  /** When it began. */
  readonly since: number;
  /** Number of failed attempts. */
  readonly failures: number;
  /** Whether the upstream was available before. */
  readonly wasThere: boolean;
}

/**
 * Whether to stop waiting for an outage to end.
 *
 * @param retries maximum number of retries for an upstream that was never available
 */
export function isWaitOver({ since, failures, wasThere }: Wait, retries: number, now: number): boolean {
  return wasThere ? now - since > MAX_OUTAGE_MS : failures > retries;
}
