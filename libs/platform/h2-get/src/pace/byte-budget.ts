/** ms. A pause may be compensated by budget unused for this long: timers are no more precise. */
const BURST_MS = 100;
const NS_IN_MS = 1e6;

/** Memory for the budget of one run, shared by all its threads. */
export function budgetMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT);
}

/**
 * A token bucket for bytes, shared by several threads. It consists of one number, the time by which
 * all bytes taken are paid for at the rate (the theoretical arrival time of the generic cell rate
 * algorithm, ITU-T I.371, A.1): an update is one atomic exchange. More may be taken than is
 * available, since the size of a read is not known beforehand; the debt is waited out.
 *
 * Times are ms on a clock common to all threads.
 */
export class ByteBudget {
  /** bytes/s */
  readonly rate: number;
  /** ns, time when everything is paid for */
  readonly #paid: BigInt64Array<SharedArrayBuffer>;

  /** @param memory of {@link budgetMemory}. @param rate bytes/s */
  constructor(memory: SharedArrayBuffer, rate: number) {
    this.#paid = new BigInt64Array(memory);
    this.rate = rate;
  }

  take(bytes: number, now: number): void {
    const cost = BigInt(Math.round((bytes * 1000 * NS_IN_MS) / this.rate));
    const earliest = BigInt(Math.round((now - BURST_MS) * NS_IN_MS));
    for (;;) {
      const paid = Atomics.load(this.#paid, 0);
      const next = (paid > earliest ? paid : earliest) + cost;
      if (Atomics.compareExchange(this.#paid, 0, paid, next) === paid) return;
    }
  }

  /** Time until more may be taken, ms; 0 or less if it may be taken at once. */
  debt(now: number): number {
    return Number(Atomics.load(this.#paid, 0)) / NS_IN_MS - now;
  }
}
