import { type Entry, parseIndexFile } from '@crates-mirror/crates-index';

/** The valid entries of an index file. */
export interface UsableLines {
  readonly entries: readonly Entry[];
  /** Whether every line is a valid entry, so that the file can be served unchanged. */
  readonly isAll: boolean;
}

/** @param file its path below the index root; entries that belong elsewhere are invalid */
export function usableLines(content: Buffer, file: string): UsableLines {
  const { entries, problems, superseded } = parseIndexFile(content, file);
  return { entries, isAll: problems.length === 0 && superseded.length === 0 };
}

/**
 * Filters an index file to the lines of some of its entries. Each is unchanged, with its line end,
 * in the given order. Blank lines and lines that cargo cannot use are dropped too.
 *
 * @param isYanked whether an entry's line is changed to say that it is yanked
 */
export function keepLines(
  content: Buffer,
  kept: readonly Entry[],
  isYanked: (entry: Entry) => boolean = () => false,
): Buffer {
  return Buffer.concat(
    kept.map((entry) => {
      const { start, end, yanked } = entry;
      const line = content.subarray(start, Math.min(end + 1, content.length));
      return !yanked && isYanked(entry) ? yankedLine(line) : line;
    }),
  );
}

/** Marks a line as yanked. Unknown fields are kept; white space is not. */
function yankedLine(line: Buffer): Buffer {
  return Buffer.from(`${JSON.stringify({ ...JSON.parse(line.toString()), yanked: true })}\n`);
}
