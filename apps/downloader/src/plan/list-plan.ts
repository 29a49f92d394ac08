import { statSync } from 'node:fs';
import { PathSet } from '@crates-mirror/bundle/path-set';
import { CodedError, errorCode, readFailure, UsageError, unreadable } from '@crates-mirror/errors';
import { isInShard } from '@crates-mirror/layout/crates-of-shard';
import type { RunShard } from '@crates-mirror/layout/run-shard';
import { type Line, readLines } from '@crates-mirror/lines';
import { checksumKey } from './checksums-file.ts';
import { type ListedCrate, parseListUrl } from './list-url.ts';
import type { InputProblem, ListLine, Plan, Work } from './work.ts';

const LINES_PER_PIECE = 256;
const MAX_LINE = 8192;

export interface ListPlanOptions {
  readonly file: string;
  /** Maximum number of crate files; 0 means all. */
  readonly limit: number;
  /** The only crates to return [all]. */
  readonly shard?: RunShard | undefined;
  readonly onProblem: (problem: InputProblem) => void;
}

/**
 * Returns the URLs of a list in order. If several name the same crate version, only the first is
 * returned.
 */
export class ListPlan implements Plan {
  readonly countable = undefined;
  readonly index = undefined;
  readonly unitsHandedOut = 0;
  isExhausted = false;
  readonly #file: string;
  readonly #limit: number;
  #lines: number;
  readonly #pieces: Iterator<Work>;

  /** Reads the list once to count it. @throws UsageError when it cannot be read or is empty */
  constructor(options: ListPlanOptions) {
    this.#file = options.file;
    this.#lines = countLines(options.file);
    this.#limit = options.limit === 0 ? Number.POSITIVE_INFINITY : options.limit;
    const { shard } = options;
    this.#pieces = pieces(options.file, this.#limit, {
      onProblem: options.onProblem,
      isOurs: (name) => shard === undefined || isInShard(name, shard),
      onSkipped: () => {
        this.#lines -= 1;
      },
    });
  }

  /** Lines found to be repetitions, or of other shards, are no longer counted. */
  get total(): number {
    return Math.min(this.#lines, this.#limit);
  }

  /** @throws CodedError when the list, which was readable before, can no longer be read */
  next(): Work | undefined {
    try {
      const { value, done } = this.#pieces.next();
      if (done === true) this.isExhausted = true;
      return done === true ? undefined : value;
    } catch (error) {
      throw new CodedError(errorCode(error), `--list: cannot read ${this.#file}: ${readFailure(error)}`, {
        hint: 'Put it back and run again: files in place are not fetched again',
        cause: error,
      });
    }
  }
}

function* meaningfulLines(file: string): Generator<Line> {
  for (const line of readLines(file, MAX_LINE)) {
    const text = line.text.trim();
    if (text !== '' && !text.startsWith('#')) yield { ...line, text };
  }
}

function countLines(file: string): number {
  let count = 0;
  try {
    // The file is read twice, the first time to count its lines.
    if (!statSync(file).isFile()) throw new Error('it is not a regular file');
    for (const line of meaningfulLines(file)) if (!line.isTooLong) count += 1;
  } catch (error) {
    throw unreadable('--list', file, error, 'Name a file with one URL on each line');
  }
  if (count === 0) throw new UsageError(`--list: ${file} holds no URL`, { hint: 'Put one URL on each line' });
  return count;
}

interface LineEvents {
  readonly onProblem: (problem: InputProblem) => void;
  readonly isOurs: (name: string) => boolean;
  /** Callback for a line that repeats an earlier one, or names a crate of another shard. */
  readonly onSkipped: () => void;
}

function* pieces(file: string, limit: number, events: LineEvents): Generator<Work> {
  let lines: ListLine[] = [];
  let count = 0;
  for (const line of crateLines(file, events)) {
    lines.push(line);
    count += 1;
    if (lines.length === LINES_PER_PIECE) {
      yield { kind: 'list', lines };
      lines = [];
    }
    if (count === limit) break;
  }
  if (lines.length > 0) yield { kind: 'list', lines };
}

/** Yields the lines that name a crate file, each file once. */
function* crateLines(file: string, { onProblem, isOurs, onSkipped }: LineEvents): Generator<ListLine> {
  const repetitions = new Repetitions();
  for (const { number, text, isTooLong } of meaningfulLines(file)) {
    const crate = isTooLong ? `longer than ${MAX_LINE} bytes, passed over` : parseListUrl(text);
    const isOther = typeof crate !== 'string' && !isOurs(crate.name);
    const repeated = typeof crate === 'string' || isOther ? undefined : repetitions.note(crate);
    if (typeof crate === 'string') onProblem({ file, line: number, message: crate });
    else if (isOther) onSkipped();
    else if (repeated === 'crate')
      onProblem({ file, line: number, message: `another URL above names the same crate version: ${text}` });
    else if (repeated === 'url') onSkipped();
    else yield { number, url: crate.url.href, name: crate.name, version: crate.version };
  }
}

/**
 * Tracks the crate versions that a list has named. Two lanes must not work on the same file, and
 * two bodies cannot have the same file name. It takes some tens of megabytes for two million
 * versions.
 */
class Repetitions {
  readonly #crates = new PathSet();
  readonly #urls = new PathSet();

  /** Records a line. @returns which part of it occurred before */
  note({ url, name, version }: ListedCrate): 'url' | 'crate' | undefined {
    const isNewUrl = this.#urls.add(checksumKey(url));
    if (this.#crates.add(`${name} ${version}`)) return undefined;
    return isNewUrl ? 'crate' : 'url';
  }
}
