import {
  oldestVerification,
  readScrubTimes,
  SCRUB_PARTS,
  type ScrubTimes,
  scrubPartOf,
  writeScrubTimes,
} from '@crates-mirror/layout';

/**
 * The parts of a mirror that a run is to hash even if they look unchanged: those that were hashed
 * the longest ago.
 */
export class Scrub {
  readonly #root: string;
  readonly #times: ScrubTimes;
  readonly #due: ReadonlySet<number>;

  /** @param divisor one nth of the mirror is due */
  constructor(root: string, divisor: number) {
    this.#root = root;
    this.#times = readScrubTimes(root);
    this.#due = dueParts(this.#times, divisor);
  }

  get dueParts(): ReadonlySet<number> {
    return this.#due;
  }

  /** @param name path of an index file, or id of a bundle */
  isDue(name: string): boolean {
    return this.#due.has(scrubPartOf(name));
  }

  /**
   * Called when everything that was due has been hashed, and each damaged file was fetched again or
   * is recorded as failed.
   *
   * @throws the system's error
   */
  complete(): void {
    const now = Math.floor(Date.now() / 1000);
    writeScrubTimes(
      this.#root,
      this.#times.map((time, part) => (this.#due.has(part) ? now : time)),
    );
  }

  /** Seconds since the epoch. */
  get oldestVerification(): number | undefined {
    return oldestVerification(this.#root);
  }
}

function dueParts(times: ScrubTimes, divisor: number): Set<number> {
  const oldestFirst = times.map((_, part) => part).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
  return new Set(oldestFirst.slice(0, Math.ceil(SCRUB_PARTS / divisor)));
}
