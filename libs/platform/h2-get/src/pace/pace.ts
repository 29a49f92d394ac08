import type { ByteBudget } from './byte-budget.ts';

/** Replaceable in tests. */
export interface PaceClock {
  /** ms, on a clock common to all threads */
  now(): number;
  /** @returns a function that cancels it */
  later(ms: number, callback: () => void): () => void;
  /** Calls back after readers have read the data that is available now. */
  afterReads(callback: () => void): void;
}

/** performance.now() has another origin in each thread. */
const CLOCK: PaceClock = {
  now: () => Number(process.hrtime.bigint()) / 1e6,
  later: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  // In a turn of the event loop, timers run before reads, and this runs after them.
  afterReads: (callback) => void setImmediate(callback),
};

/**
 * Keeps a client's reads within a budget: once it is spent, readers pause, and resume one at a
 * time. Each may read 64 KiB: all at once, they would exceed a second's share of a low rate.
 */
export class Pace {
  readonly budget: ByteBudget;
  readonly #clock: PaceClock;
  #paused: (() => void)[] = [];
  #callOff: (() => void) | undefined;
  #isScheduled = false;

  constructor(budget: ByteBudget, clock: PaceClock = CLOCK) {
    this.budget = budget;
    this.#clock = clock;
  }

  /** Called after each read. */
  received(bytes: number): void {
    this.budget.take(bytes, this.#clock.now());
  }

  /**
   * Pauses a reader if the budget is spent.
   *
   * @param goOn called once, when the reader may go on
   * @returns whether it has to pause
   */
  pauseIfSpent(goOn: () => void): boolean {
    if (this.#paused.length === 0 && this.budget.debt(this.#clock.now()) <= 0) return false;
    this.#paused.push(goOn);
    this.#schedule();
    return true;
  }

  /** Drops all waiting readers without resuming them. */
  stop(): void {
    this.#callOff?.();
    this.#paused = [];
  }

  #schedule(): void {
    if (this.#isScheduled || this.#paused.length === 0) return;
    this.#isScheduled = true;
    this.#callOff = this.#clock.later(Math.max(0, this.budget.debt(this.#clock.now())), () => this.#next());
  }

  #next(): void {
    this.#isScheduled = false;
    if (this.budget.debt(this.#clock.now()) > 0) {
      this.#schedule();
      return;
    }
    this.#paused.shift()?.();
    if (this.#paused.length === 0) return;
    this.#isScheduled = true;
    this.#clock.afterReads(() => this.#next());
  }
}
