import { setImmediate as nextTurn } from 'node:timers/promises';
import { type IndexProblem, parseIndexFile } from './index-file.ts';
import { type SelectEntries, selectEntries } from './select-entries.ts';
import type { IndexLocation, IndexSource } from './source/index-source.ts';
import { type IndexBatch, listedFiles, walkIndex } from './walk.ts';

const USUAL_FILES = 64;
/**
 * Keeps one thread from getting all of a small index: a piece is at most this fraction of the files
 * returned before it.
 */
const MAX_OF_BEFORE = 1 / 8;

/** Index files for one thread: few enough to balance the load, enough to justify a message. */
export interface IndexPiece {
  readonly kind: 'index';
  /** Index files below the index root, in path order. */
  readonly files: readonly string[];
  /** Maximum number of crate files, counted from the first; undefined for all. */
  readonly most: number | undefined;
}

export interface IndexPlanOptions {
  readonly source: IndexSource;
  readonly includeYanked: boolean;
  /**
   * Selects the entries of an index file that count towards a limit [everything, or everything not
   * yanked].
   */
  readonly select?: SelectEntries | undefined;
  /** Maximum number of crate files; 0 for all. */
  readonly limit: number;
  /** The only index files to return, in path order [all]. */
  readonly files?: readonly string[] | undefined;
  /**
   * Usual number of index files in a piece [64]. Once enough have been returned, smaller shards are
   * combined up to this number. A larger shard is split into pieces of this number, each completed
   * with the rest of its last directory.
   */
  readonly usualFiles?: number | undefined;
  /**
   * Whether all index files of a shard are in one piece, regardless of their number. Smaller shards
   * are still combined.
   */
  readonly areShardsWhole?: boolean | undefined;
  /** Index files of one directory are in one piece, unless there are more than this [512]. */
  readonly maxFiles?: number | undefined;
  readonly onProblem: (problem: IndexProblem) => void;
}

/** The crate files to count, and their index. */
export interface Countable {
  readonly index: IndexLocation;
  readonly includeYanked: boolean;
  /** Maximum number of crate files; 0 for all. */
  readonly limit: number;
  /** The only index files to count [all]. */
  readonly files: readonly string[] | undefined;
}

/** Splits an index into pieces, in path order. */
export class IndexPlan {
  readonly total = undefined;
  /** Total number of index files, once counted. */
  units: number | undefined;
  /** Number of index files returned so far. */
  unitsHandedOut = 0;
  /** Whether all pieces have been returned. */
  isExhausted = false;
  /** Location of its files. */
  readonly index: IndexLocation;
  readonly #options: IndexPlanOptions;
  readonly #pieces: Iterator<IndexPiece>;

  constructor(options: IndexPlanOptions) {
    this.index = options.source.location;
    this.#options = options;
    this.#pieces = options.limit === 0 ? allPieces(this.#options) : limitedPieces(this.#options);
  }

  /** Input for counting its crate files in another thread. */
  get countable(): Countable {
    const { includeYanked, limit, files } = this.#options;
    return { index: this.index, includeYanked, limit, files };
  }

  /** The next piece; undefined if there are no more. */
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
   * Walks the tree separately, ahead of the work and in small steps, so that totals can be
   * estimated. With a limit there is nothing to estimate.
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
  const { source, files, areShardsWhole, usualFiles = USUAL_FILES, maxFiles, onProblem } = options;
  const size = areShardsWhole === true ? Number.POSITIVE_INFINITY : usualFiles;
  return files === undefined
    ? walkIndex(source, size, onProblem, maxFiles)
    : listedFiles(source, files, size, onProblem);
}

/**
 * Combines small shards: half of those of crates.io have at most a dozen index files, and each
 * piece costs messages between threads.
 */
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

/**
 * Reads ahead just far enough to know where the limit falls, so that it is the same for any number
 * of lanes.
 */
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
    // The lane that gets this file reports the error.
    return 0;
  }
}
