import {
  oldestVerification,
  readScrubTimes,
  SCRUB_PARTS,
  type ScrubTimes,
  scrubPartOf,
  writeScrubTimes,
} from '@crates-mirror/layout';

/** The parts of a mirror that a run is to hash, whether they look as they were or not: those not hashed for longest. */
export class Scrub {
  readonly #root: string;
  readonly #times: ScrubTimes;
  readonly #due: ReadonlySet<number>;

  /** @param divisor so manieth of the mirror is due */
  constructor(root: string, divisor: number) {
    this.#root = root;
    this.#times = readScrubTimes(root);
    this.#due = dueParts(this.#times, divisor);
  }

  get dueParts(): ReadonlySet<number> {
    return this.#due;
  }

  /** @param name an index file's path, or a bundle's id */
  isDue(name: string): boolean {
    return this.#due.has(scrubPartOf(name));
  }

  /**
   * All that was due has been hashed, and what was found damaged was fetched anew or is recorded as failed.
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

  /** s since the epoch */
  get oldestVerification(): number | undefined {
    return oldestVerification(this.#root);
  }
}

function dueParts(times: ScrubTimes, divisor: number): Set<number> {
  const oldestFirst = times.map((_, part) => part).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
  return new Set(oldestFirst.slice(0, Math.ceil(SCRUB_PARTS / divisor)));
}
