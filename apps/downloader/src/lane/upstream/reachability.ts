/** An upstream that was there may be gone for so long: a router is replaced, a CDN has a bad moment. */
export const MAX_OUTAGE_MS = 5 * 60_000;
/** One that hangs up on every request may do so for this long before the run gives up. */
const MAX_SILENCE_MS = 60_000;
const MIN_FAILURES = 16;

/**
 * Tells an upstream that cannot be reached at all, or rejects everything, from one that fails now and then: a wrong certificate
 * or a dead network must end a run with one message, or be waited out, not make a failure for each of two million files.
 */
export class Reachability {
  #threshold = MIN_FAILURES;
  /** Those that have answered: a list of URLs may name others that never will. */
  readonly #origins = new Set<string>();
  /** Those that have handed out a file. */
  readonly #serving = new Set<string>();
  #failuresInARow = 0;
  #rejectedInARow = 0;
  #lastContact: number | undefined;

  /** @param concurrency requests under way at once: so many may fail at one blow */
  constructor(concurrency: number) {
    this.setConcurrency(concurrency);
  }

  /** @param concurrency requests under way at once from now on */
  setConcurrency(concurrency: number): void {
    this.#threshold = Math.max(MIN_FAILURES, concurrency);
  }

  /** An answer came, whatever it said. @param isRejected whether it was neither the file nor "missing" */
  reached(origin: string, now: number, isRejected: boolean): void {
    this.#failuresInARow = 0;
    this.#rejectedInARow = isRejected ? this.#rejectedInARow + 1 : 0;
    this.#lastContact = now;
    this.#origins.add(origin);
  }

  /** Nothing was asked for until now. */
  resume(now: number): void {
    if (this.#lastContact !== undefined) this.#lastContact = now;
  }

  /** A whole file came, to this lane or another one. */
  served(origin: string): void {
    this.#serving.add(origin);
  }

  /** Whether any origin has ever answered. */
  get isKnown(): boolean {
    return this.#lastContact !== undefined;
  }

  /** Whether a file has ever come from there. */
  hasServed(origin: string): boolean {
    return this.#serving.has(origin);
  }

  /** Whether no file has come from anywhere else, so that waiting for this one keeps nothing from coming. */
  isAlone(origin: string): boolean {
    return this.#serving.size === (this.#serving.has(origin) ? 1 : 0);
  }

  /**
   * Whether an attempt that found nobody says something of the network and not of one origin among many.
   *
   * @param since when the attempt began
   */
  isOutage(origin: string, since: number): boolean {
    if (this.#lastContact === undefined) return true;
    return this.#origins.has(origin) && this.#lastContact <= since;
  }

  /** Whether so many requests were rejected, one after the other, that all are. */
  isBusy(origin: string): boolean {
    return this.#rejectedInARow >= this.#threshold && this.isAlone(origin);
  }

  /** A target has failed because no answer came. @returns whether to give up altogether */
  failedInSilence(now: number): boolean {
    this.#failuresInARow += 1;
    if (this.#failuresInARow < this.#threshold) return false;
    return this.#lastContact === undefined || now - this.#lastContact > MAX_SILENCE_MS;
  }
}

/** How an outage stands. */
export interface Wait {
  /** when it began */
  readonly since: number;
  /** attempts that have failed */
  readonly failures: number;
  /** Whether the upstream was there before. */
  readonly wasThere: boolean;
}

/** Whether an outage is not waited out any longer. @param retries one that was never there is tried so many times more */
export function isWaitOver({ since, failures, wasThere }: Wait, retries: number, now: number): boolean {
  return wasThere ? now - since > MAX_OUTAGE_MS : failures > retries;
}
