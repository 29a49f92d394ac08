import type { Work } from '../../plan/work.ts';

/** Pieces of work that a lane with nothing to fetch has waiting, so that it need not wait for them. */
const MAX_AHEAD = 2;

/** Where scanning a piece leads: undefined where some time may have passed without an item. */
type Scan<Item> = Generator<Item | undefined>;

/** A lane's work: pieces as they arrive, scanned for targets, or whatever else, as far as these are asked for. */
export class WorkQueue<Item> {
  readonly #scanOf: (work: Work) => Scan<Item>;
  readonly #ahead: Work[] = [];
  #scan: Scan<Item> | undefined;
  #isAsked = false;
  #isComplete = false;

  constructor(scanOf: (work: Work) => Scan<Item>) {
    this.#scanOf = scanOf;
  }

  /** Takes a piece that was asked for. */
  accept(work: Work): void {
    this.#isAsked = false;
    this.#ahead.push(work);
  }

  /** No more work will come. */
  complete(): void {
    this.#isComplete = true;
  }

  /** Whether there is something to scan. */
  get hasMore(): boolean {
    return this.#scan !== undefined || this.#ahead.length > 0;
  }

  /** Whether all there ever will be was scanned. */
  get isExhausted(): boolean {
    return this.#isComplete && !this.hasMore;
  }

  /** Scans on, where it has more. @returns the next item, or undefined where some time may have passed without one */
  next(): Item | undefined {
    this.#scan ??= this.#scanOf(this.#ahead.shift() as Work);
    const { value, done } = this.#scan.next();
    if (done !== true) return value;
    this.#scan = undefined;
    return undefined;
  }

  /** Takes out the pieces that no scan has begun with. */
  takeAhead(): Work[] {
    return this.#ahead.splice(0);
  }

  /**
   * Whether another piece is to be asked for now, which is done once until it arrives.
   *
   * @param isIdle whether the lane has nothing to fetch
   * @param hasRoom whether it has room for a piece's targets
   */
  ask(isIdle: boolean, hasRoom: boolean): boolean {
    if (this.#isAsked || this.#isComplete) return false;
    this.#isAsked = isIdle ? this.#ahead.length < MAX_AHEAD : hasRoom && !this.hasMore;
    return this.#isAsked;
  }
}
