import { BottomSample, rankOf } from '@crates-mirror/sampling/bottom-sample';
import type { Candidate } from './candidate.ts';

export interface SampleOptions {
  /** Crate files of unknown size at most that upstream is asked about; 0 for none. */
  readonly size: number;
  /** Crate files at most for a trial of how fast they come; 0 for none. */
  readonly trialSize: number;
  readonly seed: number;
}

/** What may be in the samples of the whole. */
export interface Candidates {
  readonly sizes: readonly Candidate[];
  readonly trial: readonly Candidate[];
}

/** A crate file to download. */
export interface Sampled {
  readonly name: string;
  readonly version: string;
  readonly isSizeKnown: boolean;
}

/** Finds one thread's part of the samples. It hands on only what may be in those of the whole. */
export class Sieve {
  readonly #seed: number;
  readonly #sizes: Part;
  readonly #trial: Part;
  readonly isOpen: boolean;

  constructor({ size, trialSize, seed }: SampleOptions) {
    this.#seed = seed;
    this.#sizes = new Part(size);
    this.#trial = new Part(trialSize);
    this.isOpen = size > 0 || trialSize > 0;
  }

  /** @param locate called only where the crate file may be in a sample */
  offer(
    { name, version, isSizeKnown }: Sampled,
    locate: () => Pick<Candidate, 'url' | 'origin' | 'sha256'>,
  ): void {
    if (!this.isOpen) return;
    const rank = rankOf(`${name}-${version}`, this.#seed);
    const isForTrial = this.#trial.takes(rank);
    const isForSizes = !isSizeKnown && this.#sizes.takes(rank);
    if (!isForTrial && !isForSizes) return;
    const { url, origin, sha256 } = locate();
    const candidate = { rank, name, version, url, origin, sha256 };
    if (isForTrial) this.#trial.add(candidate);
    if (isForSizes) this.#sizes.add(candidate);
  }

  /** Those found since the last call. */
  take(): Candidates {
    return { sizes: this.#sizes.take(), trial: this.#trial.take() };
  }
}

/** One thread's part of one sample. */
class Part {
  readonly #lowest: BottomSample<{ readonly rank: number }>;
  #found: Candidate[] = [];

  constructor(size: number) {
    this.#lowest = new BottomSample(size);
  }

  takes(rank: number): boolean {
    return this.#lowest.takes(rank);
  }

  add(candidate: Candidate): void {
    this.#lowest.add({ rank: candidate.rank });
    this.#found.push(candidate);
  }

  take(): readonly Candidate[] {
    const found = this.#found;
    this.#found = [];
    return found;
  }
}
