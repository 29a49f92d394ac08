import { type Entry, parseEntry } from './entry.ts';
import { indexPath } from './names.ts';
import { scanEntry } from './scan-entry.ts';

/** Something in the index that cannot be mirrored. */
export interface IndexProblem {
  /** Path below the index root, with `/`. */
  readonly file: string;
  /** 1-based; 0 when the whole file is meant. */
  readonly line: number;
  readonly message: string;
  /** How many of its kind it stands for [1]. */
  readonly count?: number;
  /** Whether everything below `file` is meant [false]. */
  readonly isDirectory?: boolean;
}

export interface IndexFileContent {
  /** In line order; of several lines for one version only the last. */
  readonly entries: Entry[];
  readonly problems: IndexProblem[];
  /** What a later line for the same version replaces. */
  readonly superseded: readonly Entry[];
}

const NEWLINE = 0x0a;
/** The longest line of crates.io's index has some hundred kB. */
const LONGEST_LINE = 4 << 20;
/** A file that is no index file at all is not worth a message for each of its lines. */
const MOST_PROBLEMS = 100;

/** Reads the content of the index file at `file`. Never throws for what it holds. */
export function parseIndexFile(content: Uint8Array, file: string): IndexFileContent {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const entries: Entry[] = [];
  const versions = new Set<string>();
  const problems: IndexProblem[] = [];
  let unusable = 0;
  let before: Entry | undefined;
  for (let start = 0, line = 1; start < bytes.length; line++) {
    const { entry, message, end } = readLine(bytes, start, line, before);
    const problem = message ?? (entry === undefined ? undefined : misplaced(entry, file, before));
    if (problem !== undefined) {
      unusable += 1;
      if (unusable <= MOST_PROBLEMS) problems.push({ file, line, message: problem });
    } else if (entry !== undefined) {
      entries.push(entry);
      versions.add(entry.version);
      before = entry;
    }
    start = end + 1;
  }
  if (unusable > MOST_PROBLEMS) {
    const count = unusable - MOST_PROBLEMS;
    problems.push({ file, line: 0, message: `${count} further lines cannot be used either`, count });
  }
  if (versions.size === entries.length) return { entries, problems, superseded: [] };
  const last = new Map(entries.map((entry) => [entry.version, entry]));
  const isLast = (entry: Entry): boolean => last.get(entry.version) === entry;
  return {
    entries: entries.filter(isLast),
    problems,
    superseded: entries.filter((entry) => !isLast(entry)),
  };
}

interface Line {
  /** undefined for a line that is blank or wrong */
  readonly entry?: Entry | undefined;
  /** What is wrong with it. */
  readonly message?: string | undefined;
  readonly end: number;
}

function readLine(bytes: Buffer, start: number, line: number, before: Entry | undefined): Line {
  const entry = scanEntry(bytes, start, line, before);
  const end = entry?.end ?? lineEnd(bytes, start);
  if (end - start > LONGEST_LINE) return { message: `a line of ${end - start} bytes is no index entry`, end };
  if (entry !== undefined) return { entry, end };
  const text = bytes.toString('utf8', start, end);
  if (text.trim() === '') return { end };
  const parsed = parseEntry(text);
  return typeof parsed === 'string'
    ? { message: parsed, end }
    : { entry: { ...parsed, line, start, end }, end };
}

function lineEnd(bytes: Buffer, start: number): number {
  const newline = bytes.indexOf(NEWLINE, start);
  return newline === -1 ? bytes.length : newline;
}

/** cargo would never find it there, and a second file for one crate would make its versions ambiguous. */
function misplaced({ name }: Entry, file: string, before: Entry | undefined): string | undefined {
  if (name === before?.name) return undefined;
  const expected = indexPath(name);
  return expected === file ? undefined : `an entry of ${name} belongs in ${expected}`;
}
