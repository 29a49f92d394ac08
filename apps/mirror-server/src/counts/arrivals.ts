const MAX_LISTED = 500;
/** An array is cut when it has grown to this many times what is kept: each element is sorted few times. */
const SLACK = 4;
const DAY_MS = 24 * 3_600_000;

/** A version, and when its file was written. */
export interface Arrival {
  readonly name: string;
  readonly version: string;
  /** mtime of the crate file, or of the bundle that holds it, ms since the epoch */
  readonly at: number;
}

/** The versions that a mirror got last. */
export interface ArrivalList {
  /** Newest first, 500 at most. */
  readonly newest: readonly Arrival[];
  /** How many came within the 24 hours before the count. */
  readonly lastDay: number;
}

export const NO_ARRIVALS: ArrivalList = { newest: [], lastDay: 0 };

interface Candidate extends Arrival {
  readonly order: number;
}

/** Finds the versions that came last among any number of them, in bounded memory. */
export class Arrivals {
  readonly #since: number;
  #candidates: Candidate[] = [];
  /** What came before this is among the newest no more. */
  #oldest = Number.NEGATIVE_INFINITY;
  #lastDay = 0;

  /** @param now ms since the epoch */
  constructor(now: number) {
    this.#since = now - DAY_MS;
  }

  /** @param order decides among those of one time, as among the members of one bundle: the highest came last */
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
