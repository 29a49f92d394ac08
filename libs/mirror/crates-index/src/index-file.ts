import { type Entry, parseEntry } from './entry.ts';
import { indexPath } from './names.ts';

/** Something in the index that cannot be mirrored. */
export interface IndexProblem {
  /** Path below the index root, with `/`. */
  readonly file: string;
  /** 1-based; 0 when the whole file is meant. */
  readonly line: number;
  readonly message: string;
}

export interface IndexFileContent {
  /** In line order; of several lines for one version only the last. */
  readonly entries: Entry[];
  readonly problems: IndexProblem[];
  /** Lines that a later line for the same version replaces. */
  readonly superseded: number;
}

/** Reads the content of the index file at `file`. Never throws for what it holds. */
export function parseIndexFile(content: Uint8Array, file: string): IndexFileContent {
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('utf8');
  const byVersion = new Map<string, Entry>();
  const problems: IndexProblem[] = [];
  let superseded = 0;
  let line = 0;
  for (let start = 0; start < text.length; ) {
    let end = text.indexOf('\n', start);
    if (end === -1) end = text.length;
    line += 1;
    if (!isBlank(text, start, end)) {
      const entry = readLine(text.slice(start, end), line, file);
      if (typeof entry === 'string') {
        problems.push({ file, line, message: entry });
      } else {
        // Deleting first moves the version to the place of its last line.
        if (byVersion.delete(entry.version)) superseded += 1;
        byVersion.set(entry.version, entry);
      }
    }
    start = end + 1;
  }
  return { entries: [...byVersion.values()], problems, superseded };
}

function readLine(text: string, line: number, file: string): Entry | string {
  const entry = parseEntry(text, line);
  if (typeof entry === 'string') return entry;
  const expected = indexPath(entry.name);
  // cargo would never find it here, and a second file for one crate would make its versions ambiguous.
  return expected === file ? entry : `an entry of ${entry.name} belongs in ${expected}`;
}

function isBlank(text: string, start: number, end: number): boolean {
  return end === start || (end - start < 4 && text.slice(start, end).trim() === '');
}
