import { Worker } from 'node:worker_threads';
import { whyNotStarted } from './not-started.ts';
import type { FromWorker, ToWorker } from './protocol.ts';

/** What waits at a worker: work for so long, so that it never waits for the next piece, and a stop not for long. */
const AHEAD_MS = 50;
const MIN_AHEAD = 2;
/** Without limits, V8 lets garbage grow instead of collecting it. MB. */
const OLD_HEAP_MB = 512;
const YOUNG_HEAP_MB = 24;

/** Of the last piece in the average of what a piece takes. */
const NEWEST_WEIGHT = 0.2;

export interface PiecePoolOptions<Piece, Result> {
  /** A module that calls {@link answerPieces}. */
  readonly worker: URL;
  readonly count: number;
  /** Pieces at one worker, at most; what they may become waits in memory for its turn. At least 2. */
  readonly mostAhead: number;
  /** Every worker's `workerData`. */
  readonly start: unknown;
  /** Objects that live long, in the memory of each worker, at most. MB [512]. */
  readonly oldHeapMb?: number;
  /** The next piece; undefined when there is no more. */
  readonly next: () => Piece | undefined;
  /** Called for one piece after the other, in their order. */
  readonly onResult: (result: Result) => void | Promise<void>;
}

interface Member {
  readonly worker: Worker;
  /** Those it was sent and has not settled. */
  pieces: number;
}

/** Shares out pieces of work among worker threads, and hands back results in the pieces' order, in bounded memory. */
export class PiecePool<Piece, Result> {
  readonly #next: () => Piece | undefined;
  readonly #onResult: (result: Result) => void | Promise<void>;
  readonly #members: readonly Member[];
  readonly #early = new Map<number, Result>();
  readonly #mostAhead: number;
  /** What a piece takes, ms. */
  #pieceMs = AHEAD_MS;
  #sent = 0;
  #done = 0;
  #stopped = false;
  #delivering = false;
  readonly #settled = Promise.withResolvers<void>();

  constructor(options: PiecePoolOptions<Piece, Result>) {
    const { worker, count, mostAhead, start, oldHeapMb = OLD_HEAP_MB, next, onResult } = options;
    this.#next = next;
    this.#onResult = onResult;
    this.#mostAhead = mostAhead;
    // A worker may die before anybody waits for it.
    this.#settled.promise.catch(() => {});
    const resourceLimits = { maxOldGenerationSizeMb: oldHeapMb, maxYoungGenerationSizeMb: YOUNG_HEAP_MB };
    this.#members = Array.from({ length: count }, () =>
      this.#member(new Worker(worker, { workerData: start, resourceLimits })),
    );
  }

  #member(worker: Worker): Member {
    const member: Member = { worker, pieces: 0 };
    worker.on('error', (error) => this.#settled.reject(whyNotStarted(error) ?? error));
    worker.on('message', ({ number, result, ms }: FromWorker) => {
      member.pieces -= 1;
      this.#pieceMs += (ms - this.#pieceMs) * NEWEST_WEIGHT;
      this.#early.set(number, result as Result);
      void this.#deliver();
    });
    return member;
  }

  /**
   * Resolves when every piece is settled, or those under way after {@link stop}.
   *
   * @throws what a worker died of; FatalError where the system would not have it started
   */
  async run(): Promise<void> {
    try {
      this.#feed();
      await this.#settled.promise;
    } finally {
      await Promise.all(this.#members.map(({ worker }) => worker.terminate()));
    }
  }

  /** Hands out nothing more; what is under way is settled. */
  stop(): void {
    this.#stopped = true;
  }

  /** Never so far ahead of the slowest piece that results pile up. */
  #feed(): void {
    const ahead = Math.max(MIN_AHEAD, Math.min(this.#mostAhead, Math.round(AHEAD_MS / this.#pieceMs)));
    const most = this.#members.length * ahead * 2;
    while (!this.#stopped && this.#sent - this.#done < most) {
      const member = this.#members.reduce((one, other) => (other.pieces < one.pieces ? other : one));
      if (member.pieces >= ahead) break;
      const piece = this.#next();
      if (piece === undefined) {
        this.#stopped = true;
        break;
      }
      const message: ToWorker = { number: this.#sent, piece };
      this.#sent += 1;
      member.pieces += 1;
      member.worker.postMessage(message);
    }
    if (this.#stopped && this.#done === this.#sent) this.#settled.resolve();
  }

  async #deliver(): Promise<void> {
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      for (;;) {
        if (!this.#early.has(this.#done)) break;
        const result = this.#early.get(this.#done) as Result;
        this.#early.delete(this.#done);
        await this.#onResult(result);
        this.#done += 1;
        this.#feed();
      }
      this.#feed();
    } catch (error) {
      this.#stopped = true;
      this.#settled.reject(error);
    }
    this.#delivering = false;
  }
}
