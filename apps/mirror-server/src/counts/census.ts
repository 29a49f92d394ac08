import { Worker } from 'node:worker_threads';
import type { CountedPiece, CountingTask, Counts } from './counts.ts';
import { NameList } from './name-list.ts';

const SHORTEST_PAUSE_MS = 10 * 60_000;
/** Counting takes no more than this share of a core in the long run. */
const PAUSE_FACTOR = 20;
const HEAP_MB = 256;

/** Knows how much a mirror holds, and the names of its crates: a thread of its own goes through it now and then. */
export class Census {
  readonly #task: () => CountingTask;
  readonly #onFailure: (message: string) => void;
  readonly #onFirst: (counts: Counts) => void;
  #counts: Counts = { crates: 0, versions: 0, bytes: 0, finishedAt: undefined };
  #names = new NameList('');
  #worker: Worker | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** @param onFirst told when all has been counted for the first time */
  constructor(
    task: () => CountingTask,
    onFailure: (message: string) => void,
    onFirst: (counts: Counts) => void,
  ) {
    this.#task = task;
    this.#onFailure = onFailure;
    this.#onFirst = onFirst;
  }

  /** Of the last time that all was counted, or as far as it has come the first time. */
  get counts(): Counts {
    return this.#counts;
  }

  search(text: string, most: number): { readonly names: readonly string[]; readonly isCut: boolean } {
    return this.#names.search(text, most);
  }

  /** Counts now, and again and again. */
  start(): void {
    const startedAt = performance.now();
    this.#count()
      .catch((error) => this.#onFailure(String(error)))
      .finally(() => {
        if (this.#isClosed) return;
        const pause = Math.max(SHORTEST_PAUSE_MS, PAUSE_FACTOR * (performance.now() - startedAt));
        this.#timer = setTimeout(() => this.start(), pause).unref();
      });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#worker?.terminate();
  }

  async #count(): Promise<void> {
    const isFirst = this.#counts.finishedAt === undefined;
    let crates = 0;
    let versions = 0;
    let bytes = 0;
    const names: string[] = [];
    const worker = new Worker(new URL('./count-worker.ts', import.meta.url), {
      workerData: this.#task(),
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    this.#worker = worker;
    worker.on('message', (piece: CountedPiece) => {
      versions += piece.versions;
      bytes += piece.bytes;
      names.push(piece.names);
      for (let at = piece.names.indexOf('\n'); at !== -1; at = piece.names.indexOf('\n', at + 1)) crates += 1;
      if (isFirst) this.#counts = { crates, versions, bytes, finishedAt: undefined };
    });
    const code = await new Promise<number>((resolve, reject) => {
      worker.once('error', reject);
      worker.once('exit', resolve);
    });
    this.#worker = undefined;
    if (code !== 0) return;
    this.#counts = { crates, versions, bytes, finishedAt: Date.now() };
    this.#names = new NameList(names.join(''));
    if (isFirst) this.#onFirst(this.#counts);
  }
}
