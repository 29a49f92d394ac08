import type { ProgressSnapshot } from './snapshot.ts';

interface Sample {
  readonly at: number;
  readonly processed: number;
  readonly bytes: number;
}

export interface Rates {
  /** items per second */
  readonly items: number;
  /** bytes per second */
  readonly bytes: number;
}

/** Rates over the last seconds, so that they follow changes of speed. */
export class RateMeter {
  readonly #windowMs: number;
  readonly #samples: Sample[];

  constructor(now: number, windowMs = 15_000) {
    this.#windowMs = windowMs;
    this.#samples = [{ at: now, processed: 0, bytes: 0 }];
  }

  /** @param now ms on any monotonic clock */
  measure(snapshot: ProgressSnapshot, now: number): Rates {
    const { processed, bytes = 0 } = snapshot;
    this.#samples.push({ at: now, processed, bytes });
    while (this.#samples.length > 2 && now - (this.#samples[1] as Sample).at >= this.#windowMs)
      this.#samples.shift();
    const oldest = this.#samples[0] as Sample;
    const seconds = (now - oldest.at) / 1000;
    if (seconds <= 0) return { items: 0, bytes: 0 };
    return {
      items: (processed - oldest.processed) / seconds,
      bytes: (bytes - oldest.bytes) / seconds,
    };
  }
}

/** Time left in ms at the given rate; undefined while it is unknown. */
export function timeLeft(snapshot: ProgressSnapshot, rates: Rates): number | undefined {
  const { bytes = 0, totalBytes } = snapshot;
  if (totalBytes !== undefined && rates.bytes > 0)
    return (Math.max(0, totalBytes - bytes) / rates.bytes) * 1000;
  if (snapshot.total === undefined || rates.items <= 0) return undefined;
  return (Math.max(0, snapshot.total - snapshot.processed) / rates.items) * 1000;
}
