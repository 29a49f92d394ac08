import type { Work } from '../../plan/work.ts';
import type { Unchanged } from './unchanged.ts';
import { WorkQueue } from './work-queue.ts';

/** Messages have their turn this often. */
const SLICE_MS = 20;

export interface UnchangedPassOptions {
  readonly unchanged: Pick<Unchanged, 'begin' | 'settle' | 'end'>;
  /** Told after each index file. */
  readonly onUnitDone: () => void;
  /** Has room for another piece. */
  readonly onWantsWork: () => void;
  /** Something is to be read, and these pieces are left: the pass is over. */
  readonly onRest: (pieces: readonly Work[]) => void;
  /** There is nothing left, or it was stopped: the pass is over. */
  readonly onDone: () => void;
}

/**
 * How a lane's thread begins where much may be as it was: it settles what has not changed, up to the first index file that is to
 * be read. A run with nothing to do needs no more than this, and loads no more.
 */
export class UnchangedPass {
  readonly #deps: UnchangedPassOptions;
  readonly #workQueue: WorkQueue<Work>;
  #isStopped = false;
  #isOver = false;
  #turnScheduled = false;

  constructor(parts: UnchangedPassOptions) {
    this.#deps = parts;
    this.#workQueue = new WorkQueue((work) => this.#restOf(work));
    this.#nextTurn();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Takes a piece of work, as asked for by `onWantsWork`. */
  accept(work: Work): void {
    this.#workQueue.accept(work);
    this.#nextTurn();
  }

  /** No more work will come. */
  finish(): void {
    this.#workQueue.complete();
    this.#nextTurn();
  }

  /** Leaves what is not settled by now to the next run. */
  stop(): void {
    this.#isStopped = true;
    this.#nextTurn();
  }

  #nextTurn(): void {
    if (this.#turnScheduled) return;
    this.#turnScheduled = true;
    setImmediate(() => {
      this.#turnScheduled = false;
      if (!this.#isOver) this.#turn();
    });
  }

  #turn(): void {
    this.#askForWork();
    const until = performance.now() + SLICE_MS;
    while (this.#workQueue.hasMore && !this.#isStopped && performance.now() < until) {
      const rest = this.#workQueue.next();
      if (rest === undefined) continue;
      this.#isOver = true;
      this.#deps.onRest([rest, ...this.#workQueue.takeAhead()]);
      return;
    }
    this.#askForWork();
    if (this.#isStopped || this.#workQueue.isExhausted) {
      this.#isOver = true;
      this.#deps.onDone();
    } else if (this.#workQueue.hasMore) {
      this.#nextTurn();
    }
  }

  #askForWork(): void {
    if (!this.#isStopped && this.#workQueue.ask(true, true)) this.#deps.onWantsWork();
  }

  /** Settles a piece's index files. @returns what is left of it from the first one that is to be read on */
  *#restOf(work: Work): Generator<Work | undefined> {
    if (work.kind !== 'index' || work.isToVerify === true) {
      yield work;
      return;
    }
    const { unchanged, onUnitDone } = this.#deps;
    unchanged.begin(work.chunks ?? []);
    for (const [i, file] of work.files.entries()) {
      if (!(yield* unchanged.settle(file))) {
        unchanged.end();
        yield { ...work, files: work.files.slice(i) };
        return;
      }
      onUnitDone();
      yield undefined;
    }
    unchanged.end();
  }
}
