import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { openIndex, parseIndexFile, walkIndex } from '@crates-mirror/crates-index';
import { selectEntries } from './select-entries.ts';
import type { InputProblem, Plan, Work } from './work.ts';

const FILES_PER_PIECE = 64;

export interface IndexPlanOptions {
  readonly directory: string;
  readonly includeYanked: boolean;
  /** Crate files; 0 is all. */
  readonly limit: number;
  readonly onProblem: (problem: InputProblem) => void;
}

/** Hands out the index files of a checkout in path order. */
export class IndexPlan implements Plan {
  readonly total = undefined;
  units: number | undefined;
  unitsHandedOut = 0;
  isExhausted = false;
  readonly #options: IndexPlanOptions;
  readonly #pieces: Iterator<Work & { kind: 'index' }>;

  /** @throws UsageError when there is no index at `options.directory` */
  constructor(options: IndexPlanOptions) {
    openIndex(options.directory);
    this.#options = options;
    this.#pieces = options.limit === 0 ? allPieces(options) : limitedPieces(options);
  }

  next(): Work | undefined {
    const { value, done } = this.#pieces.next();
    if (done === true) {
      this.isExhausted = true;
      return undefined;
    }
    this.unitsHandedOut += value.files.length;
    return value;
  }

  /**
   * Walks the tree once more, ahead of the work and in small steps, so that totals can be estimated. With a limit
   * there is nothing to estimate.
   */
  async countUnits(signal: AbortSignal): Promise<void> {
    if (this.#options.limit > 0) return;
    let count = 0;
    for (const { files } of walkIndex(this.#options.directory, 1000, () => {})) {
      count += files.length;
      await nextTurn();
      if (signal.aborted) return;
    }
    this.units = count;
  }
}

function* allPieces({ directory, onProblem }: IndexPlanOptions): Generator<Work & { kind: 'index' }> {
  for (const { files } of walkIndex(directory, FILES_PER_PIECE, onProblem)) {
    yield { kind: 'index', files, most: undefined };
  }
}

/** Reads ahead just far enough to know where the limit falls, so that it is the same for any number of lanes. */
function* limitedPieces(options: IndexPlanOptions): Generator<Work & { kind: 'index' }> {
  let left = options.limit;
  for (const { files } of walkIndex(options.directory, FILES_PER_PIECE, options.onProblem)) {
    const whole: string[] = [];
    for (const file of files) {
      const count = countEntries(options, file);
      if (count > left) {
        if (whole.length > 0) yield { kind: 'index', files: whole, most: undefined };
        if (left > 0) yield { kind: 'index', files: [file], most: left };
        return;
      }
      whole.push(file);
      left -= count;
    }
    yield { kind: 'index', files: whole, most: undefined };
    if (left === 0) return;
  }
}

function countEntries(options: IndexPlanOptions, file: string): number {
  try {
    const { entries } = parseIndexFile(readFileSync(join(options.directory, file)), file);
    return selectEntries(entries, options.includeYanked).length;
  } catch {
    // The lane that gets this file reports it.
    return 0;
  }
}
