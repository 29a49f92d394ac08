/** After a first success, an outage may last this long before the run gives up. */
const LONGEST_OUTAGE_MS = 60_000;

/**
 * Tells an upstream that cannot be reached at all from one that fails now and then: a wrong certificate or a dead
 * network must end a run with one message, not with a failure for each of two million files.
 */
export class Reachability {
  readonly #threshold: number;
  #failuresInARow = 0;
  #lastContact: number | undefined;

  /** @param concurrency requests under way at once: so many may fail at one blow */
  constructor(concurrency: number) {
    this.#threshold = Math.max(16, concurrency);
  }

  /** An answer came, whatever it said. */
  reached(now: number): void {
    this.#failuresInARow = 0;
    this.#lastContact = now;
  }

  /** A target was given up because no connection could be made. @returns whether to give up altogether */
  unreachable(now: number): boolean {
    this.#failuresInARow += 1;
    if (this.#failuresInARow < this.#threshold) return false;
    return this.#lastContact === undefined || now - this.#lastContact > LONGEST_OUTAGE_MS;
  }
}
