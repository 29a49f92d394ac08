const MAX_LISTED = 500;
/**
 * The array is trimmed once it reaches this many times the number of kept elements, so that each
 * element is sorted only a few times.
 */
const SLACK = 4;
const DAY_MS = 24 * 3_600_000;

/** A version, and when its file was written. */
export interface Arrival {
  readonly name: string;
  readonly version: string;
  /** mtime of the crate file, or of its bundle. ms since the epoch */
  readonly at: number;
}

/** The versions that arrived in the mirror last. */
export interface ArrivalList {
  /** Newest first, 500 at most. */
  readonly newest: readonly Arrival[];
  /** Number of versions that arrived in the 24 hours before the count. */
  readonly lastDay: number;
}

export const NO_ARRIVALS: ArrivalList = { newest: [], lastDay: 0 };

interface Candidate extends Arrival {
  readonly order: number;
}

/** Finds the versions that arrived last, in bounded memory. */
export class Arrivals {
  readonly #since: number;
  #candidates: Candidate[] = [];
  /** Versions older than this are no longer among the newest. */
  #oldest = Number.NEGATIVE_INFINITY;
  #lastDay = 0;

  /** @param now ms since the epoch */
  constructor(now: number) {
    this.#since = now - DAY_MS;
  }

  /**
   * @param order decides between versions with the same time, such as members of one bundle: the
   * highest arrived last
   */
  add(name: string, version: string, at: number, order: number): void {
    if (at > this.#since) this.#lastDay += 1;
    if (at < this.#oldest) return;
    this.#candidates.push({ name, version, at, order });
    if (this.#candidates.length >= MAX_LISTED * SLACK) this.#cut();
  }

  list(): ArrivalList {
    this.#cut();
    const newest = this.#candidates.map(({ name, version, at }) => ({ name, version, at }));
    return { newest, lastDay: this.#lastDay };
  }

  #cut(): void {
    const sorted = this.#candidates.sort((a, b) => b.at - a.at || b.order - a.order);
    this.#candidates = sorted.slice(0, MAX_LISTED);
    if (sorted.length >= MAX_LISTED) this.#oldest = this.#candidates.at(-1)?.at ?? this.#oldest;
  }
}
