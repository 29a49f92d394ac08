import { statSync } from 'node:fs';
import { CodedError, UsageError } from '@crates-mirror/errors';
import { type Line, readLines } from '@crates-mirror/lines';

/**
 * A path has at most 4096 bytes, each of which takes up to four characters in YAML, and a link has
 * two paths.
 */
const MAX_LINE = 65_536;
/**
 * Maximum characters of an item. In items written by archive-hasher, only path and link are long.
 */
const MAX_ITEM = 4 * MAX_LINE;
/** Maximum characters outside of the lists, where archive-hasher writes a few thousand. */
const MAX_HEAD = 1 << 20;
/** Items that are parsed together. Parsing them one by one takes three times as long. */
const BATCH = 256;
const ITEM = /^( *)- /;
const NOTHING = /^\s*(#.*)?$/;
/** The key of a list whose items follow on the lines below, or that is empty. */
const LIST = /^\w+:\s*(\[\s*\]\s*)?(#.*)?$/;

/** Items of a list, as YAML. */
export interface Items {
  readonly text: string;
  /** Line number of the first item. */
  readonly line: number;
}

/** The keys that archive-hasher writes first and last. A YAML tool may have sorted them since. */
const FIRST_KEY = 'schemaVersion';
const LAST_KEY = 'files';
type ListKey = typeof LAST_KEY | 'skipped';

/** Everything outside of the two lists. */
export interface Head {
  readonly text: string;
  /** Line numbers at which the lists begin. There may be no list of skipped paths. */
  readonly lists: ReadonlyMap<ListKey, number>;
  /** Whether reading stopped at the beginning of the files, which are the last list. */
  readonly endsAtFiles: boolean;
}

/**
 * Reads up to the files, or to the end if the keys are in another order.
 *
 * @throws UsageError if this is not a head
 */
export function readHead(lines: Iterator<Line>, file: string): Head {
  let text = '';
  let firstKey: string | undefined;
  let isInList = false;
  const lists = new Map<ListKey, number>();
  for (let line = next(lines); line !== undefined; line = next(lines)) {
    const key = keyOf(line.text);
    firstKey ??= key;
    isInList = isListKey(key) || (isInList && !beginsSection(line.text));
    if (isListKey(key)) {
      checkList(line, file);
      if (lists.has(key)) throw new UsageError(`${file}, line ${line.number}: has '${key}' once more`);
      lists.set(key, line.number);
      if (key === LAST_KEY && firstKey === FIRST_KEY) return { text, lists, endsAtFiles: true };
    }
    if (isInList) continue;
    if (line.isTooLong) throw new UsageError(`${file}, line ${line.number}: is too long`);
    text += `${line.text}\n`;
    if (text.length > MAX_HEAD)
      throw new UsageError(
        `${file}, line ${line.number}: so much besides 'files' is in no inventory of ours`,
      );
  }
  if (lists.has(LAST_KEY)) return { text, lists, endsAtFiles: false };
  throw new UsageError(`${file} is no inventory: it has no 'files'`, {
    hint: 'Give the .yaml that archive-hasher wrote',
  });
}

function keyOf(text: string): string | undefined {
  return /^(\w+):/.exec(text)?.[1];
}

function isListKey(key: string | undefined): key is ListKey {
  return key === LAST_KEY || key === 'skipped';
}

/**
 * The files, if they are the last list and `lines` is at their beginning.
 *
 * @throws CodedError if an item is invalid
 */
export function* readLastList(lines: Iterator<Line>, file: string): Generator<Items> {
  const after = yield* readItems(lines, file, LAST_KEY);
  if (after === undefined) return;
  throw damaged(
    file,
    after.number,
    `'${keyOf(after.text)}' comes after '${LAST_KEY}', which must be last where '${FIRST_KEY}' is first`,
  );
}

/**
 * The items of a list, if `lines` is at its beginning.
 *
 * @returns the line with the next key, if there is one
 * @throws CodedError if an item is invalid
 */
function* readItems(lines: Iterator<Line>, file: string, list: ListKey): Generator<Items, Line | undefined> {
  let indent: string | undefined;
  let batch = '';
  let first = 0;
  let items = 0;
  let item = 0;
  let line = next(lines);
  for (; line !== undefined && keyOf(line.text) === undefined; line = next(lines)) {
    if (line.isTooLong) throw damaged(file, line.number, 'is too long');
    const [, spaces] = ITEM.exec(line.text) ?? [];
    indent ??= spaces;
    if (indent === undefined && NOTHING.test(line.text)) continue;
    if (indent === undefined) throw damaged(file, line.number, `is not an item of '${list}'`);
    if (spaces === indent) {
      if (items === BATCH || batch.length > MAX_ITEM) {
        yield { text: batch, line: first };
        batch = '';
        items = 0;
      }
      if (items === 0) first = line.number;
      items += 1;
      item = 0;
    }
    item += line.text.length + 1;
    if (item > MAX_ITEM) throw damaged(file, line.number, `the item of '${list}' is too long`);
    batch += `${line.text}\n`;
  }
  if (items > 0) yield { text: batch, line: first };
  return line;
}

/** The items of a list that begins at a given line. @throws CodedError as {@link readItems} does */
export function* readList(file: string, list: ListKey, listLine: number): Generator<Items> {
  const lines = openLines(file);
  try {
    for (let line = next(lines); line !== undefined && line.number < listLine; ) line = next(lines);
    yield* readItems(lines, file, list);
  } finally {
    lines.return(undefined);
  }
}

/**
 * @throws UsageError for anything but a regular file: reading a pipe would block, and it cannot be
 * read twice
 */
export function* openLines(file: string): Generator<Line> {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() === false)
    throw new UsageError(`cannot read the inventory ${file}: it is no file`, {
      hint: 'Give the .yaml that archive-hasher wrote',
    });
  yield* readLines(file, MAX_LINE);
}

export function damaged(file: string, line: number, what: string): CodedError {
  return new CodedError('inventory_damaged', `${file}, line ${line}: ${what}`);
}

/** @throws UsageError for a list whose items are not on the lines below its key */
function checkList({ text, number }: Line, file: string): void {
  if (!LIST.test(text))
    throw new UsageError(`${file}, line ${number}: the items of a list are to be on lines of their own`);
}

/** Whether the text begins with a top-level key. Items may have the same indentation. */
function beginsSection(text: string): boolean {
  return /^[^\s#-]/.test(text);
}

function next(lines: Iterator<Line>): Line | undefined {
  const { value, done } = lines.next();
  return done === true ? undefined : value;
}
