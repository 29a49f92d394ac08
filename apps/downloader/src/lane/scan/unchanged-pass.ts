import type { Work } from '../../plan/work.ts';
import type { Unchanged } from './unchanged.ts';
import { WorkQueue } from './work-queue.ts';

/** Messages are processed this often. */
const SLICE_MS = 20;

export interface UnchangedPassOptions {
  readonly unchanged: Pick<Unchanged, 'begin' | 'complete' | 'end'>;
  /** Called after each index file. */
  readonly onUnitDone: () => void;
  /** Called when there is room for another piece. */
  readonly onWantsWork: () => void;
  /** Called when a file has to be read. These pieces remain, and the pass is over. */
  readonly onRest: (pieces: readonly Work[]) => void;
  /** Called when there is nothing left or the pass was stopped. The pass is over. */
  readonly onDone: () => void;
}

/**
 * The first step of a lane's thread if much may be unchanged. It completes unchanged index files
 * until the first one that must be read. If a run has nothing to do, this is the only code it
 * loads.
 */
export class UnchangedPass {
  readonly #deps: UnchangedPassOptions;
  readonly #workQueue: WorkQueue<Work>;
  #isStopped = false;
  #isOver = false;
  #turnScheduled = false;

  constructor(deps: UnchangedPassOptions) {
    this.#deps = deps;
    this.#workQueue = new WorkQueue((work) => this.#restOf(work));
    this.#nextTurn();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Accepts a piece of work requested with `onWantsWork`. */
  accept(work: Work): void {
    this.#workQueue.accept(work);
    this.#nextTurn();
  }

  /** Called when there is no more work. */
  finish(): void {
    this.#workQueue.complete();
    this.#nextTurn();
  }

  /** Leaves everything not yet completed for the next run. */
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

  /**
   * Completes a piece's index files.
   *
   * @returns the rest of the piece, from the first file that must be read
   */
  *#restOf(work: Work): Generator<Work | undefined> {
    if (work.kind !== 'index' || work.isToVerify === true) {
      yield work;
      return;
    }
    const { unchanged, onUnitDone } = this.#deps;
    unchanged.begin(work.chunks ?? []);
    for (const [i, file] of work.files.entries()) {
      if (!(yield* unchanged.complete(file))) {
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
