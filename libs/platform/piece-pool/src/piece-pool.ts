import { Worker } from 'node:worker_threads';
import { whyNotStarted } from './not-started.ts';
import type { FromWorker, ToWorker } from './protocol.ts';

/**
 * Work queued at a worker, in ms: enough that it never waits for the next piece, and a stop does
 * not take long.
 */
const AHEAD_MS = 50;
const MIN_AHEAD = 2;
/** MB. Without limits, V8 lets garbage grow instead of collecting it. */
const OLD_HEAP_MB = 512;
const YOUNG_HEAP_MB = 24;

/** Weight of the last piece in the average duration of a piece. */
const NEWEST_WEIGHT = 0.2;

export interface PiecePoolOptions<Piece, Result> {
  /** A module that calls {@link answerPieces}. */
  readonly worker: URL;
  readonly count: number;
  /** Most pieces queued at one worker; their results wait in memory for their turn. At least 2. */
  readonly maxAhead: number;
  /** Every worker's `workerData`. */
  readonly start: unknown;
  /** Limit for long-lived objects in the memory of each worker. MB [512]. */
  readonly oldHeapMb?: number;
  /** Returns the next piece; undefined when there are no more. */
  readonly next: () => Piece | undefined;
  /** Called with one result after the other, in the order of their pieces. */
  readonly onResult: (result: Result) => void | Promise<void>;
}

interface Member {
  readonly worker: Worker;
  /** Pieces sent to it and not completed yet. */
  pieces: number;
}

/**
 * Distributes pieces of work over worker threads, and delivers results in the pieces' order, in
 * bounded memory.
 */
export class PiecePool<Piece, Result> {
  readonly #next: () => Piece | undefined;
  readonly #onResult: (result: Result) => void | Promise<void>;
  readonly #members: readonly Member[];
  readonly #early = new Map<number, Result>();
  readonly #maxAhead: number;
  /** Average duration of a piece, ms. */
  #pieceMs = AHEAD_MS;
  #sent = 0;
  #done = 0;
  #stopped = false;
  #delivering = false;
  readonly #completed = Promise.withResolvers<void>();

  constructor(options: PiecePoolOptions<Piece, Result>) {
    const { worker, count, maxAhead, start, oldHeapMb = OLD_HEAP_MB, next, onResult } = options;
    this.#next = next;
    this.#onResult = onResult;
    this.#maxAhead = maxAhead;
    // A worker may end before anything waits for it.
    this.#completed.promise.catch(() => {});
    const resourceLimits = { maxOldGenerationSizeMb: oldHeapMb, maxYoungGenerationSizeMb: YOUNG_HEAP_MB };
    this.#members = Array.from({ length: count }, () =>
      this.#member(new Worker(worker, { workerData: start, resourceLimits })),
    );
  }

  #member(worker: Worker): Member {
    const member: Member = { worker, pieces: 0 };
    worker.on('error', (error) => this.#completed.reject(whyNotStarted(error) ?? error));
    worker.on('message', ({ number, result, ms }: FromWorker) => {
      member.pieces -= 1;
      this.#pieceMs += (ms - this.#pieceMs) * NEWEST_WEIGHT;
      this.#early.set(number, result as Result);
      void this.#deliver();
    });
    return member;
  }

  /**
   * Resolves when every piece is completed, or those under way after {@link stop}.
   *
   * @throws the error that ended a worker; FatalError if the system refused to start one
   */
  async run(): Promise<void> {
    try {
      this.#feed();
      await this.#completed.promise;
    } finally {
      await Promise.all(this.#members.map(({ worker }) => worker.terminate()));
    }
  }

  /** Sends out no more pieces; those under way are completed. */
  stop(): void {
    this.#stopped = true;
  }

  /** Stays close enough to the slowest piece that results do not pile up. */
  #feed(): void {
    const ahead = Math.max(MIN_AHEAD, Math.min(this.#maxAhead, Math.round(AHEAD_MS / this.#pieceMs)));
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
    if (this.#stopped && this.#done === this.#sent) this.#completed.resolve();
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
      this.#completed.reject(error);
    }
    this.#delivering = false;
  }
}
