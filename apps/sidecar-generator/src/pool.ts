import { Worker } from 'node:worker_threads';
import type { IndexPiece } from '@crates-mirror/crates-index';
import type { FromLane, LaneStart, ToLane } from './lane/protocol.ts';

const LANE = new URL('./lane/lane-worker.ts', import.meta.url);
/** Pieces that wait at a lane, so that it never waits for one. */
const PIECES_AHEAD = 2;
/** See the downloader's lane pool. MB. */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 24 };

/** Runs lanes in worker threads, shares out pieces of the index among them, and hands back results in their order. */
export class LanePool {
  readonly #next: () => IndexPiece | undefined;
  readonly #onResult: (result: FromLane) => void | Promise<void>;
  readonly #workers: Worker[];
  readonly #early = new Map<number, FromLane>();
  readonly #most: number;
  #sent = 0;
  #done = 0;
  #stopped = false;
  #delivering = false;
  #resolve: () => void = () => {};
  #reject: (error: unknown) => void = () => {};

  /** @param onResult called for one piece after the other, in the index's order */
  constructor(
    lanes: number,
    start: LaneStart,
    next: () => IndexPiece | undefined,
    onResult: (result: FromLane) => void | Promise<void>,
  ) {
    this.#next = next;
    this.#onResult = onResult;
    this.#most = lanes * PIECES_AHEAD * 2;
    this.#workers = Array.from(
      { length: lanes },
      () => new Worker(LANE, { workerData: start, resourceLimits: HEAP_LIMITS }),
    );
  }

  /** Resolves when every piece is settled, or those under way after {@link stop}. @throws what a lane died of */
  async run(): Promise<void> {
    const settled = new Promise<void>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    for (const worker of this.#workers) {
      worker.on('error', (error) => this.#reject(error));
      worker.on('message', (result: FromLane) => {
        this.#early.set(result.number, result);
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
      const message: ToLane = { number: this.#sent, piece };
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
        const result = this.#early.get(this.#done);
        if (result === undefined) break;
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
