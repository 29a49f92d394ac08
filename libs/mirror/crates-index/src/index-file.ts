import { type Entry, type ParsedEntry, parseEntry } from './entry.ts';
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
  const byVersion = new Map<string, Entry>();
  const problems: IndexProblem[] = [];
  const superseded: Entry[] = [];
  let unusable = 0;
  let line = 0;
  for (let start = 0; start < bytes.length; ) {
    let end = bytes.indexOf(NEWLINE, start);
    if (end === -1) end = bytes.length;
    line += 1;
    const entry = readLine(bytes, start, end, line, file);
    if (typeof entry === 'string') {
      unusable += 1;
      if (unusable <= MOST_PROBLEMS) problems.push({ file, line, message: entry });
    } else if (entry !== undefined) {
      const before = byVersion.get(entry.version);
      if (before !== undefined) {
        superseded.push(before);
        // Deleting first moves the version to the place of its last line.
        byVersion.delete(entry.version);
      }
      byVersion.set(entry.version, entry);
    }
    start = end + 1;
  }
  if (unusable > MOST_PROBLEMS) {
    const count = unusable - MOST_PROBLEMS;
    problems.push({ file, line: 0, message: `${count} further lines cannot be used either`, count });
  }
  return { entries: [...byVersion.values()], problems, superseded };
}

/** @returns an entry, what is wrong with the line, or undefined for a blank one */
function readLine(
  bytes: Buffer,
  start: number,
  end: number,
  line: number,
  file: string,
): Entry | string | undefined {
  if (end - start > LONGEST_LINE) return `a line of ${end - start} bytes is no index entry`;
  const entry = scanEntry(bytes, start, end) ?? readUnusualLine(bytes.toString('utf8', start, end));
  if (entry === undefined || typeof entry === 'string') return entry;
  const expected = indexPath(entry.name);
  // cargo would never find it here, and a second file for one crate would make its versions ambiguous.
  return expected === file
    ? { ...entry, line, start, end }
    : `an entry of ${entry.name} belongs in ${expected}`;
}

function readUnusualLine(text: string): ParsedEntry | string | undefined {
  return text.trim() === '' ? undefined : parseEntry(text);
}
