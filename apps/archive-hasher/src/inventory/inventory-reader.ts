import { CodedError, errorMessage, UsageError } from '@crates-mirror/errors';
import { type Line, readLines } from '@crates-mirror/lines';
import { load } from 'js-yaml';
import { type BytePath, comparePaths, shownPath } from '../byte-path.ts';
import { type InventoryHead, parseHead } from './head.ts';
import { type Expected, parseEntry } from './parse-entry.ts';

/** Of a path there are 4096 bytes at most, each perhaps four characters of YAML, and a link has two. */
const LONGEST_LINE = 65_536;
/** Entries that are parsed at once: one by one takes three times as long. */
const BATCH = 256;
const ITEM = /^( *)- /;

/**
 * Reads an inventory as `archive-hasher` writes it, entry by entry, in memory independent of how many there are. That is
 * the YAML that has `files` last, each of its items on lines of their own; how it is indented and quoted does not matter.
 */
export class InventoryReader {
  readonly head: InventoryHead;
  readonly #file: string;
  readonly #lines: Iterator<Line>;
  readonly #hasEntries: boolean;

  /** @throws UsageError when it cannot be read, or is no inventory */
  constructor(file: string) {
    this.#file = file;
    this.#lines = readLines(file, LONGEST_LINE);
    const { text, filesLine } = this.#readHead();
    this.head = parseHead(text, file);
    this.#hasEntries = !/\[\s*\]/.test(filesLine);
  }

  /** The entries, in the order of a walk. @throws CodedError when one cannot be understood */
  *entries(): Generator<Expected> {
    if (!this.#hasEntries) return;
    let before: BytePath | undefined;
    for (const { text, line } of this.#batches()) {
      for (const entry of this.#parse(text, line)) {
        if (before !== undefined && comparePaths(before, entry.path) >= 0)
          throw this.#damaged(line, `${shownPath(entry.path)} does not come after ${shownPath(before)}`);
        before = entry.path;
        yield entry;
      }
    }
  }

  #readHead(): { text: string; filesLine: string } {
    let text = '';
    try {
      for (;;) {
        const { value: line, done } = this.#lines.next();
        if (done === true) break;
        if (/^files:/.test(line.text)) return { text, filesLine: line.text };
        text += `${line.text}\n`;
      }
    } catch (error) {
      throw new UsageError(`cannot read the inventory: ${errorMessage(error)}`);
    }
    throw new UsageError(`${this.#file} is no inventory: it has no 'files'`, {
      hint: 'Give the .yaml that archive-hasher wrote',
    });
  }

  *#batches(): Generator<{ text: string; line: number }> {
    let text = '';
    let first = 0;
    let items = 0;
    let indent: string | undefined;
    for (;;) {
      const { value: line, done } = this.#lines.next();
      if (done === true) break;
      if (line.isTooLong) throw this.#damaged(line.number, 'is too long');
      const [, spaces] = ITEM.exec(line.text) ?? [];
      indent ??= spaces;
      if (indent === undefined) throw this.#damaged(line.number, "is not an item of 'files'");
      if (spaces === indent) {
        if (items === BATCH) {
          yield { text, line: first };
          text = '';
          items = 0;
        }
        if (items === 0) first = line.number;
        items += 1;
      }
      text += `${line.text}\n`;
    }
    if (items > 0) yield { text, line: first };
  }

  #parse(text: string, line: number): Expected[] {
    let items: unknown;
    try {
      items = load(text);
    } catch (error) {
      throw this.#damaged(line, `cannot be parsed: ${errorMessage(error)}`);
    }
    if (!Array.isArray(items)) throw this.#damaged(line, "is not an item of 'files'");
    return items.map((item: unknown, i) => {
      const entry = parseEntry(item);
      if (typeof entry === 'string') throw this.#damaged(line, `item ${i + 1} from there on ${entry}`);
      return entry;
    });
  }

  #damaged(line: number, what: string): CodedError {
    return new CodedError('inventory_damaged', `${this.#file}, line ${line}: ${what}`);
  }
}
