import type { IndexSource } from '@crates-mirror/crates-index';
import { type Entry, parseIndexFile } from '@crates-mirror/crates-index/files';
import { errorMessage } from '@crates-mirror/errors';
import type { Selector } from '@crates-mirror/selection/selector';
import { addCounts, type Counts, noCounts, type Problem } from '../lane/protocol.ts';

/** The result of reading the index files of a shard. */
export interface ShardReading {
  readonly counts: Counts;
  readonly problems: Problem[];
  /** Whether a file could not be read, or has no usable line. */
  isUnreadable: boolean;
  /** Whether a file has unusable lines. */
  isFlawed: boolean;
}

/** An index file, and its selected entries. */
export interface SelectedFile {
  readonly path: string;
  readonly content: Buffer;
  readonly selected: readonly Entry[];
  /** Whether each of its lines is a selected entry. */
  readonly isWhole: boolean;
}

/** Reads index files, and selects the versions for the data set. */
export class ShardReader {
  readonly #index: IndexSource;
  readonly #selector: Selector;

  constructor(index: IndexSource, selector: Selector) {
    this.#index = index;
    this.#selector = selector;
  }

  /** @param onFile called with one file after the other, each valid until the next */
  read(files: readonly string[], onFile: (file: SelectedFile) => void): ShardReading {
    const reading = { counts: noCounts(), problems: [], isUnreadable: false, isFlawed: false };
    for (const path of files) {
      const file = this.#readFile(path, reading);
      if (file !== undefined) onFile(file);
    }
    return reading;
  }

  #readFile(path: string, reading: ShardReading): SelectedFile | undefined {
    let content: Buffer;
    try {
      content = this.#index.read(path);
    } catch (error) {
      reading.problems.push({ file: path, line: 0, message: `cannot be read: ${errorMessage(error)}` });
      reading.isUnreadable = true;
      return undefined;
    }
    const { entries, problems, superseded, conflicts } = parseIndexFile(content, path);
    const selected = this.#selector.select({ path, content, entries });
    reading.problems.push(...problems, ...conflicts);
    // crates.io never empties an index file: it removes the file of a deleted crate.
    if (entries.length === 0) reading.isUnreadable = true;
    if (problems.length > 0) reading.isFlawed = true;
    const lines = [...entries, ...superseded];
    addCounts(reading.counts, {
      ...noCounts(),
      lines: lines.length,
      duplicates: superseded.length,
      yanked: lines.filter(({ yanked }) => yanked).length,
      leftOut: entries.length - selected.length,
    });
    const isWhole = selected.length === lines.length && problems.length === 0;
    return { path, content, selected, isWhole };
  }
}
