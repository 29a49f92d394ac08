/** Share of a window that has to arrive within a round trip for the window to be the limit. */
const FULL_SHARE = 2 / 3;
/** A window has room for the bytes of this many round trips. */
const ROUND_TRIPS = 2;

/**
 * Estimates how large receive windows must be to fill the line: the bandwidth-delay product, as in
 * gRPC's `bdp_estimator`. A PING measures a round trip, and the bytes that arrive meanwhile are
 * what the line holds. If they are nearly all of the window, and the rate is the best so far, the
 * window doubles. A window that fills the line does not improve the rate, and stays. The estimator
 * has no clock, and sends nothing itself.
 */
export class WindowEstimator {
  readonly #most: number;
  #window: number;
  #bestRate = 0;
  /** When the pending PING was sent, ms. */
  #askedAt: number | undefined;
  #arrived = 0;

  /**
   * @param first initial window, bytes
   * @param most largest window, bytes
   */
  constructor(first: number, most: number) {
    this.#window = first;
    this.#most = most;
  }

  /** bytes */
  get window(): number {
    return this.#window;
  }

  /**
   * Must be called periodically while data arrives.
   *
   * @param now ms
   * @returns whether to send a PING
   */
  ask(now: number): boolean {
    if (this.#askedAt !== undefined || this.#window === this.#most) return false;
    this.#askedAt = now;
    this.#arrived = 0;
    return true;
  }

  /** @param bytes that count for flow control */
  arrived(bytes: number): void {
    this.#arrived += bytes;
  }

  /**
   * Called for the response to a PING; an unexpected one is ignored.
   *
   * @returns by how many bytes the window has grown
   */
  answered(now: number): number {
    if (this.#askedAt === undefined) return 0;
    const rate = this.#arrived / Math.max(1, now - this.#askedAt);
    this.#askedAt = undefined;
    if (rate <= this.#bestRate) return 0;
    this.#bestRate = rate;
    if (this.#arrived < FULL_SHARE * this.#window) return 0;
    const before = this.#window;
    this.#window = Math.max(before, Math.min(this.#most, Math.round(ROUND_TRIPS * this.#arrived)));
    return this.#window - before;
  }
}
