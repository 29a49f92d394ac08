import { CodedError, errorMessage, readFailure, UsageError } from '@crates-mirror/errors';
import type { Line } from '@crates-mirror/lines';
import { load } from 'js-yaml';
import { type BytePath, comparePaths, shownPath } from '../byte-path.ts';
import { type InventoryHead, parseHead } from './head.ts';
import { type Expected, parseEntry, parseSkipped } from './parse-entry.ts';
import { damaged, type Head, type Items, openLines, readHead, readLastList, readList } from './sections.ts';

/**
 * Reads an inventory written by `archive-hasher` item by item. Memory use does not depend on the
 * number of items, even for a hostile inventory.
 *
 * The inventory is YAML in which each item of `files` and `skipped` is on lines of its own.
 * Indentation, quoting and the order of keys do not matter. If the first key is not the one that
 * archive-hasher writes, the inventory is read twice, because its `files` may not be last.
 */
export class InventoryReader {
  readonly head: InventoryHead;
  readonly #file: string;
  readonly #lines: Iterator<Line>;
  readonly #lists: Head['lists'];
  readonly #endsAtFiles: boolean;

  /** @throws UsageError if it cannot be read, or is not an inventory */
  constructor(file: string) {
    this.#file = file;
    this.#lines = openLines(file);
    const { text, lists, endsAtFiles } = this.#readHead();
    this.#lists = lists;
    this.#endsAtFiles = endsAtFiles;
    this.head = parseHead(text, file);
  }

  /**
   * The entries, in the order of a walk.
   *
   * @throws CodedError if an entry is malformed, or entries are missing
   */
  *entries(): Generator<Expected> {
    let count = 0;
    const items = this.#endsAtFiles ? readLastList(this.#lines, this.#file) : this.#list('files');
    for (const entry of this.#ordered(items, parseEntry)) {
      count += 1;
      yield entry;
    }
    this.#checkCount(count);
  }

  /** Paths that were skipped, in the same order. @throws CodedError if an item is malformed */
  *skipped(): Generator<BytePath> {
    for (const { path } of this.#ordered(this.#list('skipped'), parseSkipped)) yield path;
  }

  #list(key: 'files' | 'skipped'): Iterable<Items> {
    const line = this.#lists.get(key);
    return line === undefined ? [] : readList(this.#file, key, line);
  }

  #readHead(): Head {
    try {
      return readHead(this.#lines, this.#file);
    } catch (error) {
      if (error instanceof CodedError) throw error;
      throw new UsageError(`cannot read the inventory ${this.#file}: ${readFailure(error)}`, {
        hint: 'Give the .yaml that archive-hasher wrote',
      });
    }
  }

  /** Checks the count, because a list that was cut off between two items looks complete. */
  #checkCount(count: number): void {
    const { entries = count } = this.head;
    if (count !== entries)
      throw new CodedError(
        'inventory_damaged',
        `${this.#file} lists ${count} files and links, and says that there are ${entries}`,
        { hint: 'It may have been cut off: get it again' },
      );
  }

  /** @param parse as {@link parseEntry} */
  *#ordered<T extends { readonly path: BytePath }>(
    batches: Iterable<Items>,
    parse: (item: unknown) => T | string,
  ): Generator<T> {
    let before: BytePath | undefined;
    for (const { text, line } of batches) {
      for (const [i, item] of this.#load(text, line).entries()) {
        const entry = parse(item);
        if (typeof entry === 'string')
          throw damaged(this.#file, line, `item ${i + 1} from there on ${entry}`);
        if (before !== undefined && comparePaths(before, entry.path) >= 0)
          throw damaged(
            this.#file,
            line,
            `${shownPath(entry.path)} does not come after ${shownPath(before)}`,
          );
        before = entry.path;
        yield entry;
      }
    }
  }

  #load(text: string, line: number): unknown[] {
    let items: unknown;
    try {
      items = load(text);
    } catch (error) {
      throw damaged(this.#file, line, `cannot be parsed: ${errorMessage(error)}`);
    }
    if (!Array.isArray(items)) throw damaged(this.#file, line, 'is no list');
    return items;
  }
}
