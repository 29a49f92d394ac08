import { type ArrivalList, NO_ARRIVALS } from './arrivals.ts';
import type { Count, Counting, Counts } from './counts.ts';
import { NameList } from './name-list.ts';

const MIN_PAUSE_MS = 1000;
/**
 * A pause lasts at least this many times as long as the count before it: counting then uses at most
 * a twentieth of a core in the long run, and a quarter while the mirror changes.
 */
const PAUSE_FACTOR = 20;
const RENEWAL_FACTOR = 4;

const NOTHING: Counts = { crates: 0, versions: 0, bytes: 0, lost: 0, unlisted: 0, finishedAt: undefined };

export interface StatsDeps {
  readonly counting: Counting;
  /** A pause between two counts if nothing is known to have changed. ms */
  readonly pause: number;
  /** Throws if the index or the mirror is gone. */
  readonly checkThere: () => Promise<void>;
  /** Checks crates of which some file may be damaged. */
  readonly examine: (names: readonly string[]) => Promise<void>;
  readonly onFailure: (message: string) => void;
  /** Called when the first full count has finished. */
  readonly onFirst: (counts: Counts) => void;
}

/** Counts what a mirror holds from time to time, and lists its crate names. */
export class Stats {
  readonly #deps: StatsDeps;
  #counts: Counts = NOTHING;
  #names = new NameList('');
  #arrivals = NO_ARRIVALS;
  #current: Count | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  /** Whether another count is due soon. */
  #isOutdated = false;
  /** On the clock of performance.now(); undefined during a count. */
  #endedAt: number | undefined;
  #took = 0;

  constructor(deps: StatsDeps) {
    this.#deps = deps;
  }

  /** Result of the last full count. During the first one, the partial result. */
  get counts(): Counts {
    return this.#counts;
  }

  /** Names from the last full count. */
  get names(): NameList {
    return this.#names;
  }

  /** The newest versions, from the last full count. */
  get arrivals(): ArrivalList {
    return this.#arrivals;
  }

  /** Starts a count now, and repeats it from time to time. */
  start(): void {
    const startedAt = performance.now();
    this.#endedAt = undefined;
    this.#isOutdated = false;
    this.#count()
      .catch((error) => this.#deps.onFailure(String(error)))
      .finally(() => {
        this.#endedAt = performance.now();
        this.#took = this.#endedAt - startedAt;
        this.#schedule();
      });
  }

  /**
   * Called when the mirror has changed since the count. Counts again as soon as counting leaves
   * time for other work.
   */
  renew(): void {
    this.#isOutdated = true;
    if (this.#endedAt !== undefined) this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#isClosed || this.#endedAt === undefined) return;
    const pause = this.#isOutdated
      ? Math.max(MIN_PAUSE_MS, RENEWAL_FACTOR * this.#took)
      : Math.max(this.#deps.pause, PAUSE_FACTOR * this.#took);
    const left = Math.max(0, this.#endedAt + pause - performance.now());
    this.#timer = setTimeout(() => this.start(), left).unref();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#current?.stop();
  }

  async #count(): Promise<void> {
    const isFirst = this.#counts.finishedAt === undefined;
    let crates = 0;
    let versions = 0;
    let bytes = 0;
    let lost = 0;
    let unlisted = 0;
    const names: string[] = [];
    const toExamine: string[] = [];
    let arrivals = NO_ARRIVALS;
    const count = this.#deps.counting((piece) => {
      if ('arrivals' in piece) {
        arrivals = piece.arrivals;
        return;
      }
      versions += piece.versions;
      bytes += piece.bytes;
      lost += piece.lost;
      unlisted += piece.unlisted;
      names.push(piece.names);
      toExamine.push(...piece.toExamine);
      for (let at = piece.names.indexOf('\n'); at !== -1; at = piece.names.indexOf('\n', at + 1)) crates += 1;
      if (isFirst) this.#counts = { ...NOTHING, crates, versions, bytes };
    });
    this.#current = count;
    const isWhole = await count.done;
    this.#current = undefined;
    if (!isWhole) return;
    // A count during which the mirror disappeared is discarded.
    await this.#deps.checkThere();
    this.#counts = { crates, versions, bytes, lost, unlisted, finishedAt: Date.now() };
    this.#names = new NameList(names.join(''));
    this.#arrivals = arrivals;
    if (isFirst) this.#deps.onFirst(this.#counts);
    await this.#deps.examine(toExamine);
  }
}
