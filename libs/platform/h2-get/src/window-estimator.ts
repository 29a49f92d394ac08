/** How many of a window's bytes have to arrive within a round trip for it to be what limits the rate. */
const FULL_SHARE = 2 / 3;
/** A window has room for what arrives within so many round trips. */
const ROUND_TRIPS = 2;

/**
 * How large receive windows have to be to fill the line: the bandwidth-delay product, as gRPC's `bdp_estimator` finds it. A
 * PING measures a round trip, and what arrives meanwhile is what the line holds. Where that is nearly all of the window, and
 * the rate is the best so far, the window grows to twice as much. One that has filled the line brings no better rate, and
 * stays. It has no clock, and sends nothing itself.
 */
export class WindowEstimator {
  readonly #most: number;
  #window: number;
  #bestRate = 0;
  /** When the PING under way was sent, ms. */
  #askedAt: number | undefined;
  #arrived = 0;

  /**
   * @param first the window to begin with, bytes
   * @param most the largest, bytes
   */
  constructor(first: number, most: number) {
    this.#window = first;
    this.#most = most;
  }

  /** bytes */
  get window(): number {
    return this.#window;
  }

  /** To be called now and then while data arrive. @param now ms. @returns whether a PING has to be sent */
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

  /** The PING was answered; an answer to none changes nothing. @returns by how many bytes the window has grown */
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
