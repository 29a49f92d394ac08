import { BottomSample, type Candidate, rankOf } from './bottom-sample.ts';

export interface SampleOptions {
  /** Crate files at most; 0 for none. */
  readonly size: number;
  readonly seed: number;
}

/** Finds one thread's part of the sample. It hands on only what may be in the sample of the whole. */
export class Sieve {
  readonly #seed: number;
  readonly #lowest: BottomSample<{ readonly rank: number }>;
  readonly isOpen: boolean;
  #found: Candidate[] = [];

  constructor({ size, seed }: SampleOptions) {
    this.#seed = seed;
    this.#lowest = new BottomSample(size);
    this.isOpen = size > 0;
  }

  /** @param locate called only where the crate file may be in the sample */
  offer(
    name: string,
    version: string,
    locate: () => { readonly url: string; readonly origin: string },
  ): void {
    if (!this.isOpen) return;
    const rank = rankOf(`${name}-${version}`, this.#seed);
    if (!this.#lowest.takes(rank)) return;
    this.#lowest.add({ rank });
    const { url, origin } = locate();
    this.#found.push({ rank, url, origin });
  }

  /** Those found since the last call. */
  take(): readonly Candidate[] {
    const found = this.#found;
    this.#found = [];
    return found;
  }
}
