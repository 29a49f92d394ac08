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
 */
export function keepLines(content: Buffer, kept: readonly Entry[]): Buffer {
  return Buffer.concat(
    kept.map(({ start, end }) => content.subarray(start, Math.min(end + 1, content.length))),
  );
}
