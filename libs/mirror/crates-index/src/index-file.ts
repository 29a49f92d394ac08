import { isUtf8 } from 'node:buffer';
import { type Entry, parseEntry } from './entry.ts';
import { linesModule } from './lines-module.ts';
import { indexPath } from './names.ts';
import { ScannedLines } from './scanned-lines.ts';

/** Something in the index that cannot be mirrored. */
export interface IndexProblem {
  /** Path below the index root, with `/`; that root, where nothing below it can be listed. */
  readonly file: string;
  /** 1-based; 0 when the whole file is meant. */
  readonly line: number;
  readonly message: string;
  /** How many of its kind it stands for [1]; 0 where nothing is left out because of it. */
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
  /** One for each of these whose checksum is not that of the line that counts. */
  readonly conflicts: readonly IndexProblem[];
}

/** A file that is no index file at all is not worth a message for each of its lines. */
const MAX_PROBLEMS = 100;
const BYTE_ORDER_MARK = '\ufeff';

/** Reads the content of the index file at `file`. Never throws for what it holds. */
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
  if (versions.size === entries.length) return { entries, problems, superseded: [], conflicts: [] };
  return { ...separate(entries, file), problems };
}

/** Tells the last entries for their versions from those before. */
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

/** A line that is not as crates.io writes them. @returns in words, what is wrong with it; undefined if it is blank */
function parsedEntry(bytes: Buffer, { start, end }: ScannedLines, line: number): Entry | string | undefined {
  // The longest line of crates.io's index has some hundred kB.
  if (end - start > linesModule().MAX_INPUT) return `a line of ${end - start} bytes is no index entry`;
  const text = bytes.toString('utf8', start, end);
  if (text.trim() === '' && !text.startsWith(BYTE_ORDER_MARK)) return undefined;
  // RFC 8259, 8.1. Replacement characters would hide it.
  if (!isUtf8(bytes.subarray(start, end))) return 'not UTF-8';
  // RFC 8259, 8.1, too; and nobody sees it.
  if (text.startsWith(BYTE_ORDER_MARK))
    return 'begins with a byte order mark (U+FEFF), which JSON must not have';
  const parsed = parseEntry(text);
  return typeof parsed === 'string' ? parsed : { ...parsed, line, start, end };
}

/** cargo would never find it there, and a second file for one crate would make its versions ambiguous. */
function misplaced({ name }: Entry, file: string, before: Entry | undefined): string | undefined {
  if (name === before?.name) return undefined;
  const expected = indexPath(name);
  return expected === file ? undefined : `an entry of ${name} belongs in ${expected}`;
}
