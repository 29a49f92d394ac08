import type { Work } from '../../plan/work.ts';

/** Number of pieces that an idle lane keeps queued, so that it need not wait for them. */
const MAX_AHEAD = 2;

/** The scan of a piece. It yields undefined after some time may have passed without an item. */
type Scan<Item> = Generator<Item | undefined>;

/** A lane's work. Pieces are scanned for targets (or other items) as these are needed. */
export class WorkQueue<Item> {
  readonly #scanOf: (work: Work) => Scan<Item>;
  readonly #ahead: Work[] = [];
  #scan: Scan<Item> | undefined;
  #isAsked = false;
  #isComplete = false;

  constructor(scanOf: (work: Work) => Scan<Item>) {
    this.#scanOf = scanOf;
  }

  /** Accepts a piece that was requested. */
  accept(work: Work): void {
    this.#isAsked = false;
    this.#ahead.push(work);
  }

  /** Called when there is no more work. */
  complete(): void {
    this.#isComplete = true;
  }

  /** Whether there is something to scan. */
  get hasMore(): boolean {
    return this.#scan !== undefined || this.#ahead.length > 0;
  }

  /** Whether all work has arrived and was scanned. */
  get isExhausted(): boolean {
    return this.#isComplete && !this.hasMore;
  }

  /**
   * Continues the scan.
   *
   * @returns the next item; undefined if there is none, or after some time may have passed without
   *   one
   */
  next(): Item | undefined {
    this.#scan ??= this.#scanOf(this.#ahead.shift() as Work);
    const { value, done } = this.#scan.next();
    if (done !== true) return value;
    this.#scan = undefined;
    return undefined;
  }

  /** Removes and returns the pieces whose scan has not begun. */
  takeAhead(): Work[] {
    return this.#ahead.splice(0);
  }

  /**
   * Whether to request another piece now. There is at most one outstanding request.
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
