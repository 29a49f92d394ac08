/** The run's limits on starting requests. */
export interface RequestLimits {
  /** Maximum number of concurrent requests. */
  readonly limit: number;
  /** Requests per second; Infinity for no limit. */
  readonly rate: number;
}

/**
 * In ms. The requests that the rate allows in this time may start together, because timers are no
 * more precise.
 */
const BURST_MS = 20;
/**
 * Maximum number of targets in backoff per allowed concurrent request. The limit may be low
 * precisely because of these targets.
 */
const MAX_WAITING_FACTOR = 8;
const MIN_WAITING = 256;

/**
 * Decides whether a lane may start another request. Times are in ms on performance.now()'s clock.
 */
export class RequestLimit {
  readonly #onAllowed: () => void;
  #limits: RequestLimits;
  /** Level of a token bucket when the last request started. */
  #level = 0;
  #levelFrom = 0;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param limit maximum number of concurrent requests; the rate is unlimited until it is set
   * @param onAllowed called when the rate allows a request again
   */
  constructor(limit: number, onAllowed: () => void) {
    this.#limits = { limit, rate: Number.POSITIVE_INFINITY };
    this.#onAllowed = onAllowed;
  }

  /** Maximum number of targets in backoff. */
  get maxWaiting(): number {
    return Math.max(MIN_WAITING, MAX_WAITING_FACTOR * this.#limits.limit);
  }

  set(limits: RequestLimits): void {
    this.#limits = limits;
  }

  /** Whether another request may start while this many are in progress. */
  allows(underWay: number, now: number): boolean {
    return underWay < this.#limits.limit && this.#levelAt(now) >= 1;
  }

  started(now: number): void {
    this.#level = Math.max(0, this.#levelAt(now) - 1);
    this.#levelFrom = now;
  }

  /** Calls back once the rate allows another request, unless it allows one now. */
  awaitRate(now: number): void {
    const missing = 1 - this.#levelAt(now);
    if (missing > 0) this.#timer ??= setTimeout(() => this.#onTimer(), (1000 * missing) / this.#limits.rate);
  }

  /** Cancels pending callbacks. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  #levelAt(now: number): number {
    const { rate } = this.#limits;
    if (rate === Number.POSITIVE_INFINITY) return rate;
    const more = (rate * (now - this.#levelFrom)) / 1000;
    return Math.min(Math.max(1, (rate * BURST_MS) / 1000), this.#level + more);
  }

  #onTimer(): void {
    this.#timer = undefined;
    this.#onAllowed();
  }
}
