/** A pause may be made up for by what was not used in so long before, ms: timers are no more precise. */
const BURST_MS = 100;
const NS_IN_MS = 1e6;

/** Memory for the budget of one run, which all its threads share. */
export function budgetMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT);
}

/**
 * A token bucket for bytes, which several threads draw from at once. It is one number, the time by which all that was taken is
 * paid for at the rate (the theoretical arrival time of the generic cell rate algorithm, ITU-T I.371, A.1): an update is one
 * atomic exchange. More may be taken than is there, as nobody knows beforehand how much a read brings; the debt is waited out.
 *
 * Times are ms on a clock that all threads have in common.
 */
export class ByteBudget {
  /** bytes/s */
  readonly rate: number;
  /** ns, when all is paid for */
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

  /** How long nothing more is to be taken, ms; 0 or less where it may be at once. */
  debt(now: number): number {
    return Number(Atomics.load(this.#paid, 0)) / NS_IN_MS - now;
  }
}
