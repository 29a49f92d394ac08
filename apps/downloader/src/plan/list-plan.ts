import { statSync } from 'node:fs';
import { errorMessage, UsageError } from '@crates-mirror/errors';
import { type Line, readLines } from '@crates-mirror/lines';
import type { InputProblem, ListLine, Plan, Work } from './work.ts';

const LINES_PER_PIECE = 256;
const LONGEST_LINE = 8192;

export interface ListPlanOptions {
  readonly file: string;
  /** Crate files; 0 is all. */
  readonly limit: number;
  readonly onProblem: (problem: InputProblem) => void;
}

/** Hands out the URLs of a list, in its order. */
export class ListPlan implements Plan {
  readonly total: number;
  readonly units = undefined;
  readonly unitsHandedOut = 0;
  isExhausted = false;
  readonly #pieces: Iterator<Work>;

  /** Reads the list once to count it. @throws UsageError when it cannot be read or holds nothing */
  constructor(options: ListPlanOptions) {
    const count = countLines(options.file);
    this.total = options.limit === 0 ? count : Math.min(count, options.limit);
    this.#pieces = pieces(options);
  }

  next(): Work | undefined {
    const { value, done } = this.#pieces.next();
    if (done === true) this.isExhausted = true;
    return done === true ? undefined : value;
  }
}

function* meaningfulLines(file: string): Generator<Line> {
  for (const line of readLines(file, LONGEST_LINE)) {
    const text = line.text.trim();
    if (text !== '' && !text.startsWith('#')) yield { ...line, text };
  }
}

function countLines(file: string): number {
  let count = 0;
  try {
    // It is read twice: once to count it.
    if (!statSync(file).isFile()) throw new Error('it is not a regular file');
    for (const line of meaningfulLines(file)) if (!line.isTooLong) count += 1;
  } catch (error) {
    throw new UsageError(`--list: cannot read ${file}: ${errorMessage(error)}`);
  }
  if (count === 0) throw new UsageError(`--list: ${file} holds no URL`, { hint: 'Put one URL on each line' });
  return count;
}

function* pieces({ file, limit, onProblem }: ListPlanOptions): Generator<Work> {
  let lines: ListLine[] = [];
  let count = 0;
  for (const { number, text, isTooLong } of meaningfulLines(file)) {
    if (isTooLong) {
      onProblem({ file, line: number, message: `longer than ${LONGEST_LINE} bytes, passed over` });
      continue;
    }
    lines.push({ number, text });
    count += 1;
    if (lines.length === LINES_PER_PIECE) {
      yield { kind: 'list', lines };
      lines = [];
    }
    if (count === limit) break;
  }
  if (lines.length > 0) yield { kind: 'list', lines };
}
