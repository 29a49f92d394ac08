import type { ByteBudget } from './byte-budget.ts';

/** Injected by tests. */
export interface PaceClock {
  /** ms, on a clock that all threads have in common */
  now(): number;
  /** @returns what calls that off */
  later(ms: number, callback: () => void): () => void;
  /** Calls when what a reader can read by now was read. */
  afterReads(callback: () => void): void;
}

/** performance.now() has another origin in each thread. */
const CLOCK: PaceClock = {
  now: () => Number(process.hrtime.bigint()) / 1e6,
  later: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  // Timers come before reads in a turn of the event loop, this after them.
  afterReads: (callback) => void setImmediate(callback),
};

/**
 * Keeps what a client reads within a budget: once that is spent, who reads has to pause, and goes on in turn. They go on one by
 * one, as each may bring 64 KiB: all at once, they would bring more than a second's share of a low rate.
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

  /** Something was read. */
  received(bytes: number): void {
    this.budget.take(bytes, this.#clock.now());
  }

  /** @param goOn called later, once, if the reader has to pause. @returns whether it has to */
  pauses(goOn: () => void): boolean {
    if (this.#paused.length === 0 && this.budget.debt(this.#clock.now()) <= 0) return false;
    this.#paused.push(goOn);
    this.#schedule();
    return true;
  }

  /** Lets nobody go on any more. */
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
