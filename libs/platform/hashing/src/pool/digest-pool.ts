import { Worker } from 'node:worker_threads';
import { ALGORITHMS, type AlgorithmName } from '../algorithms.ts';
import { Block } from './block.ts';
import type { FromWorker, Task, ToWorker, WorkerStart } from './protocol.ts';
import { shareOut } from './share-out.ts';
import { Waits } from './waits.ts';

const WORKER = new URL('./digest-worker.ts', import.meta.url);
/** Enough that workers hardly ever wait: for each other's slower pieces, or for a read. */
const BLOCKS = 16;
/** MB. Digests use memory outside the heap. */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 8 };

export interface DigestPoolOptions {
  /** Maximum number of threads. */
  readonly workers: number;
  /** Digests of the whole stream. */
  readonly ofStream: readonly AlgorithmName[];
  /** Digests of every part. */
  readonly ofParts: readonly AlgorithmName[];
}

/**
 * Computes many digests of one stream at once, in worker threads: every worker processes every
 * block with its share of the algorithms. A byte is read once and never copied; no two threads ever
 * write to the same memory.
 */
export class DigestPool {
  readonly #options: DigestPoolOptions;
  readonly #workers: Worker[];
  readonly #blocks: Block[];
  readonly #free: Block[];
  /** Number of workers that have not processed a block yet, by block number. */
  readonly #pending: number[];
  readonly #complete: (() => void)[] = [];
  readonly #digests = new Map<AlgorithmName, string>();
  readonly #waits = new Waits();
  #onFree: () => void = () => {};
  #unfinished: number;
  #onFinished: () => void = () => {};

  constructor(options: DigestPoolOptions) {
    this.#options = options;
    const kinds = options.ofParts.length;
    this.#blocks = Array.from({ length: BLOCKS }, () => new Block(kinds));
    this.#free = [...this.#blocks];
    this.#pending = this.#blocks.map(() => 0);
    const blocks = this.#blocks.map(({ memory }) => memory);
    this.#workers = shares(options).map((tasks) => this.#start({ tasks, blocks, kinds }));
    this.#unfinished = this.#workers.length;
  }

  /**
   * Resolves to a block to be filled and submitted, when one is free.
   *
   * @throws the error that ended a worker
   */
  async obtain(): Promise<Block> {
    for (;;) {
      const block = this.#free.pop();
      if (block !== undefined) return block;
      const isFree = this.#waits.open();
      this.#onFree = isFree.resolve;
      await isFree.promise;
    }
  }

  /**
   * Sends a block to the workers. Resolves when its digests are available.
   *
   * @throws the error that ended a worker
   */
  submit(block: Block): Promise<void> {
    const number = this.#blocks.indexOf(block);
    const completed = this.#waits.open();
    this.#pending[number] = this.#workers.length;
    this.#complete[number] = completed.resolve;
    this.#send({ block: number, length: block.length, parts: block.parts });
    if (this.#workers.length === 0) completed.resolve();
    return completed.promise;
  }

  /**
   * Lower-case hex of a part that ended in a completed block.
   *
   * @param kind one of the requested algorithms
   */
  partDigest(block: Block, part: number, kind: AlgorithmName): string {
    return block.digest(part, this.#options.ofParts.indexOf(kind), ALGORITHMS[kind].bits / 8);
  }

  /** Returns a completed block to the pool. */
  release(block: Block): void {
    block.clear();
    this.#free.push(block);
    this.#onFree();
  }

  /**
   * Ends the stream.
   *
   * @returns its digests, lower-case hex
   * @throws the error that ended a worker
   */
  async finish(): Promise<ReadonlyMap<AlgorithmName, string>> {
    const finished = this.#waits.open();
    this.#onFinished = finished.resolve;
    this.#send('end');
    if (this.#workers.length > 0) await finished.promise;
    return this.#digests;
  }

  /** Rejects all current and later waits with this error. */
  fail(error: unknown): void {
    this.#waits.fail(error);
  }

  /** Terminates all threads, whatever they are doing. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #start(start: WorkerStart): Worker {
    const worker = new Worker(WORKER, { workerData: start, resourceLimits: HEAP_LIMITS });
    worker.on('error', (error) => this.fail(error));
    worker.on('message', (message: FromWorker) => this.#receive(message));
    return worker;
  }

  #send(message: ToWorker): void {
    for (const worker of this.#workers) worker.postMessage(message);
  }

  #receive(message: FromWorker): void {
    if ('block' in message) {
      this.#pending[message.block] = (this.#pending[message.block] as number) - 1;
      if (this.#pending[message.block] === 0) this.#complete[message.block]?.();
      return;
    }
    for (const [name, digest] of message.digests) this.#digests.set(name, digest);
    this.#unfinished -= 1;
    if (this.#unfinished === 0) this.#onFinished();
  }
}

/** Every worker's tasks. */
function shares({ workers, ofStream, ofParts }: DigestPoolOptions): Task[][] {
  const loads = [
    ...ofStream.map((algorithm) => ({ cost: ALGORITHMS[algorithm].cost, of: 'stream' as const, algorithm })),
    ...ofParts.map((algorithm, kind) => ({
      cost: ALGORITHMS[algorithm].cost,
      of: 'parts' as const,
      algorithm,
      kind,
    })),
  ];
  return shareOut(loads, workers);
}
