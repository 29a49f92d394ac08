import { setImmediate as nextTurn } from 'node:timers/promises';
import { type IndexProblem, parseIndexFile } from './index-file.ts';
import { type SelectEntries, selectEntries } from './select-entries.ts';
import type { IndexLocation, IndexSource } from './source/index-source.ts';
import { type IndexBatch, listedFiles, walkIndex } from './walk.ts';

const USUAL_FILES = 64;
/** Of a small index no thread is to get all: a piece has at most so much of what was handed out before it. */
const MAX_OF_BEFORE = 1 / 8;

/** Index files for one thread: few enough to share out evenly, many enough to be worth a message. */
export interface IndexPiece {
  readonly kind: 'index';
  /** Index files in path order, below the index root. */
  readonly files: readonly string[];
  /** Crate files at most, counted from the first; undefined is all. */
  readonly most: number | undefined;
}

export interface IndexPlanOptions {
  readonly source: IndexSource;
  readonly includeYanked: boolean;
  /** What counts of an index file where a limit has crate files counted [everything, or what is not yanked]. */
  readonly select?: SelectEntries | undefined;
  /** Crate files; 0 is all. */
  readonly limit: number;
  /** The only index files to hand out, in path order [all]. */
  readonly files?: readonly string[] | undefined;
  /**
   * Index files of a piece [64]: shards that have fewer come together up to so many, once enough were handed out; of one that has
   * more, a piece has so many and the rest of the last one's directory.
   */
  readonly usualFiles?: number | undefined;
  /** Whether all index files of a shard are in one piece, however many they are; shards that have fewer come together as ever. */
  readonly areShardsWhole?: boolean | undefined;
  /** Index files of one directory are in one piece, unless there are more than so many [512]. */
  readonly mostFiles?: number | undefined;
  readonly onProblem: (problem: IndexProblem) => void;
}

/** Where crate files are counted, and which. */
export interface Countable {
  readonly index: IndexLocation;
  readonly includeYanked: boolean;
  /** Crate files at most; 0 is all. */
  readonly limit: number;
  /** The only index files to count [all]. */
  readonly files: readonly string[] | undefined;
}

/** Hands out the index files of an index in path order. */
export class IndexPlan {
  readonly total = undefined;
  /** Index files altogether, once counted. */
  units: number | undefined;
  /** Index files handed out so far. */
  unitsHandedOut = 0;
  /** Whether everything was handed out. */
  isExhausted = false;
  /** Where its files are. */
  readonly index: IndexLocation;
  readonly #options: IndexPlanOptions;
  readonly #pieces: Iterator<IndexPiece>;

  constructor(options: IndexPlanOptions) {
    this.index = options.source.location;
    this.#options = options;
    this.#pieces = options.limit === 0 ? allPieces(this.#options) : limitedPieces(this.#options);
  }

  /** What a count of its crate files needs, in another thread. */
  get countable(): Countable {
    const { includeYanked, limit, files } = this.#options;
    return { index: this.index, includeYanked, limit, files };
  }

  /** The next piece; undefined when there is no more. */
  next(): IndexPiece | undefined {
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
    if (this.#options.files !== undefined) {
      this.units = this.#options.files.length;
      return;
    }
    let count = 0;
    for (const { files } of walkIndex(this.#options.source, 1000, () => {})) {
      count += files.length;
      await nextTurn();
      if (signal.aborted) return;
    }
    this.units = count;
  }
}

function batches(options: IndexPlanOptions): Generator<IndexBatch> {
  const { source, files, areShardsWhole, usualFiles = USUAL_FILES, mostFiles, onProblem } = options;
  const size = areShardsWhole === true ? Number.POSITIVE_INFINITY : usualFiles;
  return files === undefined
    ? walkIndex(source, size, onProblem, mostFiles)
    : listedFiles(source, files, size, onProblem);
}

/** Half of crates.io's shards have a dozen index files or fewer, and each piece costs messages between threads. */
function* joinedBatches(options: IndexPlanOptions): Generator<readonly string[]> {
  const { usualFiles = USUAL_FILES } = options;
  let joined: readonly string[] = [];
  let handedOut = 0;
  for (const { files } of batches(options)) {
    const most = Math.min(usualFiles, handedOut * MAX_OF_BEFORE);
    if (joined.length > 0 && joined.length + files.length > most) {
      yield joined;
      handedOut += joined.length;
      joined = [];
    }
    joined = joined.length === 0 ? files : [...joined, ...files];
  }
  if (joined.length > 0) yield joined;
}

function* allPieces(options: IndexPlanOptions): Generator<IndexPiece> {
  for (const files of joinedBatches(options)) {
    yield { kind: 'index', files, most: undefined };
  }
}

/** Reads ahead just far enough to know where the limit falls, so that it is the same for any number of lanes. */
function* limitedPieces(options: IndexPlanOptions): Generator<IndexPiece> {
  let left = options.limit;
  for (const files of joinedBatches(options)) {
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
    const content = options.source.read(file);
    const { entries } = parseIndexFile(content, file);
    const { select, includeYanked } = options;
    return (select?.({ path: file, content, entries }) ?? selectEntries(entries, includeYanked)).length;
  } catch {
    // The lane that gets this file reports it.
    return 0;
  }
}
