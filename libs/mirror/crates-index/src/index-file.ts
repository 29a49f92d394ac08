import { isUtf8 } from 'node:buffer';
import { type Entry, parseEntry } from './entry.ts';
import { linesModule } from './lines-module.ts';
import { indexPath } from './names.ts';
import { ScannedLines } from './scanned-lines.ts';

/** Something in the index that cannot be mirrored. */
export interface IndexProblem {
  /** Path below the index root, with `/`; the root itself if nothing below it can be listed. */
  readonly file: string;
  /** 1-based; 0 for the whole file. */
  readonly line: number;
  readonly message: string;
  /** Number of problems of this kind that it stands for [1]; 0 if it does not exclude anything. */
  readonly count?: number;
  /** Whether it applies to everything below `file` [false]. */
  readonly isDirectory?: boolean;
}

export interface IndexFileContent {
  /** In line order. Of several lines for one version, only the last is included. */
  readonly entries: Entry[];
  readonly problems: IndexProblem[];
  /** Entries that a later line for the same version replaces. */
  readonly superseded: readonly Entry[];
  /** One for each superseded entry whose checksum differs from that of the last line. */
  readonly conflicts: readonly IndexProblem[];
}

/** Limits the messages for a file that is not an index file at all. */
const MAX_PROBLEMS = 100;
/** The index of crates.io removes the file of a crate without versions. */
const NO_LINE = 'has no line: it is truncated, or was emptied';
const BYTE_ORDER_MARK = '\ufeff';

/** Parses the content of the index file at `file`. Never throws because of the content. */
export function parseIndexFile(content: Uint8Array, file: string): IndexFileContent {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const lines = new ScannedLines(bytes);
  const entries: Entry[] = [];
  const versions = new Set<string>();
  const problems: IndexProblem[] = [];
  let unusable = 0;
  let before: Entry | undefined;
  for (let line = 1; lines.advance(); line++) {
    const entry = lines.entry(line, before) ?? parsedEntry(bytes, lines, line);
    if (entry === undefined) continue;
    const usable = typeof entry === 'string' ? entry : (misplaced(entry, file, before) ?? entry);
    if (typeof usable === 'string') {
      unusable += 1;
      if (unusable <= MAX_PROBLEMS) problems.push({ file, line, message: usable });
      continue;
    }
    entries.push(usable);
    versions.add(usable.version);
    before = usable;
  }
  if (unusable > MAX_PROBLEMS) {
    const count = unusable - MAX_PROBLEMS;
    problems.push({ file, line: 0, message: `${count} further lines cannot be used either`, count });
  }
  if (entries.length === 0 && unusable === 0) problems.push({ file, line: 0, message: NO_LINE });
  if (versions.size === entries.length) return { entries, problems, superseded: [], conflicts: [] };
  return { ...separate(entries, file), problems };
}

/** Separates the last entry of each version from earlier ones. */
function separate(entries: readonly Entry[], file: string): Omit<IndexFileContent, 'problems'> {
  const last = new Map(entries.map((entry) => [entry.version, entry]));
  const isLast = (entry: Entry): boolean => last.get(entry.version) === entry;
  const superseded = entries.filter((entry) => !isLast(entry));
  const conflicts = superseded.flatMap(({ version, cksum, line }): IndexProblem[] => {
    const { cksum: counting = cksum, line: countingLine = line } = last.get(version) ?? {};
    const message = `${version} is listed again with another checksum: ${counting} counts, line ${line} has ${cksum}`;
    return counting === cksum ? [] : [{ file, line: countingLine, message, count: 0 }];
  });
  return { entries: entries.filter(isLast), superseded, conflicts };
}

/**
 * Parses a line that is not in the form of crates.io.
 * @returns the entry, or the error in the line; undefined if it is blank
 */
function parsedEntry(bytes: Buffer, { start, end }: ScannedLines, line: number): Entry | string | undefined {
  // The longest line in the index of crates.io has a few hundred kB.
  if (end - start > linesModule().MAX_INPUT) return `a line of ${end - start} bytes is no index entry`;
  const text = bytes.toString('utf8', start, end);
  if (text.trim() === '' && !text.startsWith(BYTE_ORDER_MARK)) return undefined;
  // RFC 8259, 8.1. Decoding would hide invalid bytes behind replacement characters.
  if (!isUtf8(bytes.subarray(start, end))) return 'not UTF-8';
  // Also RFC 8259, 8.1. The character is invisible.
  if (text.startsWith(BYTE_ORDER_MARK))
    return 'begins with a byte order mark (U+FEFF), which JSON must not have';
  const parsed = parseEntry(text);
  return typeof parsed === 'string' ? parsed : { ...parsed, line, start, end };
}

/**
 * cargo would never find the crate there, and a second file for one crate would make its versions
 * ambiguous.
 */
function misplaced({ name }: Entry, file: string, before: Entry | undefined): string | undefined {
  if (name === before?.name) return undefined;
  const expected = indexPath(name);
  return expected === file ? undefined : `an entry of ${name} belongs in ${expected}`;
}
