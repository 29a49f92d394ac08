import { BottomSample, rankOf } from '@crates-mirror/sampling/bottom-sample';
import type { Candidate } from './candidate.ts';

export interface SampleOptions {
  /** Maximum number of crate files of unknown size to request from upstream; 0 for none. */
  readonly size: number;
  /** Maximum number of crate files for a trial of the download speed; 0 for none. */
  readonly trialSize: number;
  readonly seed: number;
}

/** Candidates for the overall samples. */
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

/**
 * Selects one thread's part of the samples. It returns only files that may be in the overall
 * samples.
 */
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

  /** @param locate called only if the crate file may be in a sample */
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

  /** Returns the candidates found since the last call. */
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
