const MAX_SAMPLES = 240;

interface Sample {
  /** s since the start */
  readonly at: number;
  readonly totals: readonly number[];
}

/** Rates of several counters over a whole run, in memory independent of its length. */
export interface Rates {
  /** s since the start */
  readonly seconds: number[];
  /** By counter: the rate per second, over the interval up to each of `seconds`. */
  readonly perSecond: number[][];
}

/**
 * Samples counters periodically. When there are too many samples, every other one is dropped, and
 * the interval doubles: the rest stays exact, since each sample is a total.
 */
export class RateHistory {
  readonly #counters: number;
  #samples: Sample[];
  #everySeconds: number;

  /** @param everySeconds initial interval between samples */
  constructor(counters: number, everySeconds: number) {
    this.#counters = counters;
    this.#everySeconds = everySeconds;
    this.#samples = [{ at: 0, totals: new Array<number>(counters).fill(0) }];
  }

  /** @param at s since the start, monotonic */
  sample(at: number, totals: readonly number[]): void {
    const last = this.#samples.at(-1) as Sample;
    // Timers are late by some ms.
    if (at - last.at < this.#everySeconds * 0.9) return;
    this.#samples.push({ at, totals });
    if (this.#samples.length <= MAX_SAMPLES) return;
    this.#samples = this.#samples.filter((_, i) => i % 2 === 0);
    this.#everySeconds *= 2;
  }

  rates(): Rates {
    const samples = this.#samples;
    const pairs = samples.slice(1).map((sample, i) => [samples[i] as Sample, sample] as const);
    return {
      seconds: pairs.map(([, { at }]) => at),
      perSecond: Array.from({ length: this.#counters }, (_, counter) =>
        pairs.map(([from, to]) => difference(from, to, counter) / (to.at - from.at)),
      ),
    };
  }
}

function difference(from: Sample, to: Sample, counter: number): number {
  return (to.totals[counter] as number) - (from.totals[counter] as number);
}
