import { Worker } from 'node:worker_threads';
import { type IndexProblem, openIndex, type SelectEntries } from '@crates-mirror/crates-index';
import { errorMessage } from '@crates-mirror/errors';
import type { SelectionRules } from './rules.ts';
import { openSelection, type SelectionData, selectorOf } from './selector.ts';

const WORKER = new URL('./prepare-worker.ts', import.meta.url);
/** How old a selection may be before it is made anew: versions come of age, and the index changes. */
const RENEW_AFTER_MS = 10 * 60_000;

/** What a prepare-worker is told. */
export interface PrepareTask {
  readonly indexDir: string;
  readonly rules: SelectionRules;
}

/** A selection that a server goes by for as long as it runs. It is made anew in a thread of its own, every ten minutes. */
export class LiveSelection {
  readonly #task: PrepareTask;
  readonly #onNote: (message: string) => void;
  readonly #renewAfter: number;
  #data: SelectionData;
  #select: SelectEntries;
  #madeAt = performance.now();
  #isRenewing = false;

  private constructor(
    task: PrepareTask,
    data: SelectionData,
    select: SelectEntries,
    onNote: (message: string) => void,
    renewAfter: number,
  ) {
    this.#task = task;
    this.#data = data;
    this.#select = select;
    this.#onNote = onNote;
    this.#renewAfter = renewAfter;
  }

  /**
   * @param onNote told of what is named and not there, once
   * @param renewAfter ms
   * @throws UsageError when a file that the rules name cannot be used
   */
  static async open(
    task: PrepareTask,
    onNote: (message: string) => void,
    renewAfter: number = RENEW_AFTER_MS,
  ): Promise<LiveSelection> {
    const onProblem = ({ file, message }: IndexProblem): void => onNote(`${file}: ${message}`);
    const { data } = await openSelection(task.rules, await openIndex(task.indexDir), onProblem);
    const { select } = await selectorOf(data);
    return new LiveSelection(task, data, select, onNote, renewAfter);
  }

  /** For another thread. */
  get data(): SelectionData {
    return this.#data;
  }

  /** What is selected of an index file, now. Another function where the selection was made anew. */
  current(): SelectEntries {
    if (performance.now() - this.#madeAt >= this.#renewAfter && !this.#isRenewing) void this.#renew();
    return this.#select;
  }

  /** Until it is done, and where it fails, the selection is the one before. */
  async #renew(): Promise<void> {
    this.#isRenewing = true;
    try {
      this.#data = await prepared(this.#task);
      this.#select = (await selectorOf(this.#data)).select;
    } catch (error) {
      this.#onNote(`the selection stays as it was, since it cannot be made anew: ${errorMessage(error)}`);
    } finally {
      this.#isRenewing = false;
      this.#madeAt = performance.now();
    }
  }
}

function prepared(task: PrepareTask): Promise<SelectionData> {
  const worker = new Worker(WORKER, { workerData: task });
  worker.unref();
  return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
}
