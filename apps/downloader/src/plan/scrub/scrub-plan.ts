import { type IndexSource, walkIndex } from '@crates-mirror/crates-index';
import type { IndexWork, Plan, Work } from '../work.ts';
import type { DueCountable } from './count-due.ts';
import type { Scrub } from './scrub.ts';

const DUE_COUNTER = new URL('./count-due-worker.ts', import.meta.url);
/**
 * Maximum number of index files in one piece. Their crate files are read in full, which takes far
 * longer than checking their status.
 */
const MAX_FILES = 64;

/**
 * A plan over an index that returns index files due for verification as separate pieces. If the
 * plan is over chosen crates, the crates that are due follow them, whether they were chosen or not.
 */
export class ScrubPlan implements Plan {
  readonly #plan: Plan;
  readonly scrub: Scrub;
  readonly #others: Iterator<IndexWork> | undefined;
  readonly #queue: IndexWork[] = [];
  readonly #handedOut = new Set<string>();
  #othersHandedOut = 0;
  #isExhausted = false;

  /** @param rest the index, if the plan covers only chosen crates of it */
  constructor(plan: Plan, scrub: Scrub, rest: IndexSource | undefined) {
    this.#plan = plan;
    this.scrub = scrub;
    this.#others = rest && this.#dueFiles(rest);
  }

  get isExhausted(): boolean {
    return this.#isExhausted;
  }

  get total(): number | undefined {
    return undefined;
  }

  get countable(): DueCountable | Plan['countable'] {
    const { countable } = this.#plan;
    if (this.#others === undefined || countable === undefined) return countable;
    // With a limit, crates beyond it that are due are returned later, so this count does not apply.
    return countable.limit > 0 ? undefined : { ...countable, dueParts: this.scrub.dueParts };
  }

  get counter(): URL | undefined {
    return this.#others === undefined ? undefined : DUE_COUNTER;
  }

  get unitsHandedOut(): number {
    return this.#plan.unitsHandedOut + this.#othersHandedOut;
  }

  get index(): Plan['index'] {
    return this.#plan.index;
  }

  next(): Work | undefined {
    const queued = this.#queue.shift();
    if (queued !== undefined) return queued;
    const work = this.#plan.next();
    if (work?.kind === 'index') return this.#divide(work);
    const other = this.#others?.next();
    this.#isExhausted = other?.done !== false;
    if (other?.done !== false) return undefined;
    this.#othersHandedOut += other.value.files.length;
    return other.value;
  }

  #divide(work: IndexWork): Work | undefined {
    const due = work.files.filter((file) => this.scrub.isDue(file));
    if (due.length === 0) return work;
    if (this.#others !== undefined) for (const file of due) this.#handedOut.add(file);
    const rest = work.files.filter((file) => !this.scrub.isDue(file));
    this.#queue.push({ ...work, files: due, isToVerify: true });
    return rest.length > 0 ? { ...work, files: rest } : this.#queue.shift();
  }

  *#dueFiles(index: IndexSource): Generator<IndexWork> {
    let due: string[] = [];
    // Unreadable parts were already reported by the run that walked the whole index.
    for (const { files } of walkIndex(index, MAX_FILES, () => {})) {
      due.push(...files.filter((file) => this.scrub.isDue(file) && !this.#handedOut.has(file)));
      if (due.length < MAX_FILES) continue;
      yield { kind: 'index', files: due, most: undefined, isToVerify: true };
      due = [];
    }
    if (due.length > 0) yield { kind: 'index', files: due, most: undefined, isToVerify: true };
  }
}
