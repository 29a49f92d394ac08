import { type Entry, parseIndexFile } from '@crates-mirror/crates-index';

/** The entries of an index file that count, and whether they are all that it has. */
export interface UsableLines {
  readonly entries: readonly Entry[];
  /** Every line is one of them: the file can be handed out as it is. */
  readonly isAll: boolean;
}

/** @param file its path below the index root: entries that belong elsewhere do not count */
export function usableLines(content: Buffer, file: string): UsableLines {
  const { entries, problems, superseded } = parseIndexFile(content, file);
  return { entries, isAll: problems.length === 0 && superseded.length === 0 };
}

/**
 * An index file with the lines of some of its entries, each byte for byte with its line end, in their order. Lines that
 * are blank or of no use to cargo go with those that are left out.
 *
 * @param isYanked for which entries the line is to say so, whatever it says itself
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

/** Unknown fields stay; white space goes. */
function yankedLine(line: Buffer): Buffer {
  return Buffer.from(`${JSON.stringify({ ...JSON.parse(line.toString()), yanked: true })}\n`);
}
