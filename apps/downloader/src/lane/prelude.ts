import type { Work } from '../plan/work.ts';
import { Intake } from './intake.ts';
import type { Unchanged } from './unchanged.ts';

/** Messages have their turn this often. */
const SLICE_MS = 20;

export interface PreludeParts {
  readonly unchanged: Pick<Unchanged, 'begin' | 'settle' | 'end'>;
  /** Told after each index file. */
  readonly onUnitDone: () => void;
  /** Has room for another piece. */
  readonly onHungry: () => void;
  /** Something is to be read, and these pieces are left: the prelude is over. */
  readonly onRest: (pieces: readonly Work[]) => void;
  /** There is nothing left, or it was stopped: the prelude is over. */
  readonly onDone: () => void;
}

/**
 * How a lane's thread begins where much may be as it was: it settles what has not changed, up to the first index file that is to
 * be read. A run with nothing to do needs no more than this, and loads no more.
 */
export class Prelude {
  readonly #with: PreludeParts;
  readonly #intake: Intake<Work>;
  #isStopped = false;
  #isOver = false;
  #turnScheduled = false;

  constructor(parts: PreludeParts) {
    this.#with = parts;
    this.#intake = new Intake((work) => this.#restOf(work));
    this.#nextTurn();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Takes a piece of work, as asked for by `onHungry`. */
  accept(work: Work): void {
    this.#intake.accept(work);
    this.#nextTurn();
  }

  /** No more work will come. */
  finish(): void {
    this.#intake.complete();
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
    while (this.#intake.hasMore && !this.#isStopped && performance.now() < until) {
      const rest = this.#intake.next();
      if (rest === undefined) continue;
      this.#isOver = true;
      this.#with.onRest([rest, ...this.#intake.takeAhead()]);
      return;
    }
    this.#askForWork();
    if (this.#isStopped || this.#intake.isExhausted) {
      this.#isOver = true;
      this.#with.onDone();
    } else if (this.#intake.hasMore) {
      this.#nextTurn();
    }
  }

  #askForWork(): void {
    if (!this.#isStopped && this.#intake.ask(true, true)) this.#with.onHungry();
  }

  /** Settles a piece's index files. @returns what is left of it from the first one that is to be read on */
  *#restOf(work: Work): Generator<Work | undefined> {
    if (work.kind !== 'index') {
      yield work;
      return;
    }
    const { unchanged, onUnitDone } = this.#with;
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
