/** How many requests may be started, as the run decides. */
export interface RequestLimits {
  /** Under way at once. */
  readonly limit: number;
  /** a second; Infinity for no limit */
  readonly rate: number;
}

/** Requests that the rate would have allowed in this time may start together, ms: timers are no more precise. */
const BURST_MS = 20;
/** Targets waiting out a backoff, for each request that may be under way; the limit may be low just because of them. */
const MAX_WAITING_FACTOR = 8;
const MIN_WAITING = 256;

/** Tells a lane whether it may start another request. Times are ms on performance.now()'s clock. */
export class RequestLimit {
  readonly #onAllowed: () => void;
  #limits: RequestLimits;
  /** A token bucket. */
  #allowed = 0;
  #allowedAt = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param onAllowed called when the rate allows another request after it has not */
  constructor(limits: RequestLimits, onAllowed: () => void) {
    this.#limits = limits;
    this.#onAllowed = onAllowed;
  }

  /** Targets that may wait out a backoff. */
  get mostWaiting(): number {
    return Math.max(MIN_WAITING, MAX_WAITING_FACTOR * this.#limits.limit);
  }

  set(limits: RequestLimits): void {
    this.#limits = limits;
  }

  /** Whether another request may be started beside so many. */
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

  /** Calls nobody any more. */
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
