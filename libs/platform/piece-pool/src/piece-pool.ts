import { Worker } from 'node:worker_threads';
import type { FromWorker, ToWorker } from './protocol.ts';

/** Pieces that wait at a worker, so that it never waits for one. */
const PIECES_AHEAD = 2;
/** Without limits, V8 lets garbage grow instead of collecting it. MB. */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 24 };

export interface PiecePoolOptions<Piece, Result> {
  /** A module that calls {@link answerPieces}. */
  readonly worker: URL;
  readonly count: number;
  /** Every worker's `workerData`. */
  readonly start: unknown;
  /** The next piece; undefined when there is no more. */
  readonly next: () => Piece | undefined;
  /** Called for one piece after the other, in their order. */
  readonly onResult: (result: Result) => void | Promise<void>;
}

/** Shares out pieces of work among worker threads, and hands back results in the pieces' order, in bounded memory. */
export class PiecePool<Piece, Result> {
  readonly #next: () => Piece | undefined;
  readonly #onResult: (result: Result) => void | Promise<void>;
  readonly #workers: Worker[];
  readonly #early = new Map<number, Result>();
  readonly #most: number;
  #sent = 0;
  #done = 0;
  #stopped = false;
  #delivering = false;
  #resolve: () => void = () => {};
  #reject: (error: unknown) => void = () => {};

  constructor({ worker, count, start, next, onResult }: PiecePoolOptions<Piece, Result>) {
    this.#next = next;
    this.#onResult = onResult;
    this.#most = count * PIECES_AHEAD * 2;
    this.#workers = Array.from(
      { length: count },
      () => new Worker(worker, { workerData: start, resourceLimits: HEAP_LIMITS }),
    );
  }

  /** Resolves when every piece is settled, or those under way after {@link stop}. @throws what a worker died of */
  async run(): Promise<void> {
    const settled = new Promise<void>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    for (const worker of this.#workers) {
      worker.on('error', (error) => this.#reject(error));
      worker.on('message', ({ number, result }: FromWorker) => {
        this.#early.set(number, result as Result);
        this.#waiting.push(worker);
        void this.#deliver();
      });
      for (let i = 0; i < PIECES_AHEAD; i++) this.#waiting.push(worker);
    }
    this.#feed();
    try {
      await settled;
    } finally {
      await Promise.all(this.#workers.map((worker) => worker.terminate()));
    }
  }

  /** Hands out nothing more; what is under way is settled. */
  stop(): void {
    this.#stopped = true;
  }

  /** Workers with room for a piece, once for each. */
  readonly #waiting: Worker[] = [];

  /** Never so far ahead of the slowest piece that results pile up. */
  #feed(): void {
    while (!this.#stopped && this.#waiting.length > 0 && this.#sent - this.#done < this.#most) {
      const piece = this.#next();
      if (piece === undefined) {
        this.#stopped = true;
        break;
      }
      const message: ToWorker = { number: this.#sent, piece };
      this.#sent += 1;
      this.#waiting.shift()?.postMessage(message);
    }
    if (this.#stopped && this.#done === this.#sent) this.#resolve();
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
    } catch (error) {
      this.#reject(error);
    }
    this.#delivering = false;
    this.#feed();
  }
}
