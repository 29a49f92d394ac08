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
  /** Level of a token bucket. */
  #allowed = 0;
  #allowedAt = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param onAllowed called when the rate allows a request again */
  constructor(limits: RequestLimits, onAllowed: () => void) {
    this.#limits = limits;
    this.#onAllowed = onAllowed;
  }

  /** Maximum number of targets in backoff. */
  get mostWaiting(): number {
    return Math.max(MIN_WAITING, MAX_WAITING_FACTOR * this.#limits.limit);
  }

  set(limits: RequestLimits): void {
    this.#limits = limits;
  }

  /** Whether another request may start while this many are in progress. */
  allows(underWay: number, now: number): boolean {
    if (underWay >= this.#limits.limit) return false;
    if (this.#limits.rate === Number.POSITIVE_INFINITY) return true;
    this.#refill(now);
    if (this.#allowed >= 1) return true;
    this.#timer ??= setTimeout(() => this.#onTimer(), (1000 * (1 - this.#allowed)) / this.#limits.rate);
    return false;
  }

  started(): void {
    this.#allowed = Math.max(0, this.#allowed - 1);
  }

  /** Cancels pending callbacks. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  #refill(now: number): void {
    const { rate } = this.#limits;
    const more = (rate * (now - this.#allowedAt)) / 1000;
    this.#allowed = Math.min(Math.max(1, (rate * BURST_MS) / 1000), this.#allowed + more);
    this.#allowedAt = now;
  }

  #onTimer(): void {
    this.#timer = undefined;
    this.#onAllowed();
  }
}
