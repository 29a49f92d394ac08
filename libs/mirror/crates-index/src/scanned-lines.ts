import type { Entry } from './entry.ts';
import { type LinesModule, linesModule } from './lines-module.ts';
import { CKSUM, CKSUM_LENGTH, END, FLAGS, NAME, NAME_END, ROW, START, VERSION, VERSION_END } from './row.ts';

const NEWLINE = 0x0a;

/**
 * The lines of an index file, one after another, read straight from their bytes. This is more than
 * twice as fast as a loop in JavaScript, and avoids the garbage of `JSON.parse`, which builds every
 * dependency of every version. Every line is found. A line that is not in the form of crates.io is
 * left to `parseEntry`.
 *
 * All files share one memory: finish with one before scanning the next.
 */
export class ScannedLines {
  readonly #file: Buffer;
  readonly #module: LinesModule;
  /** Added to an address, gives the position in the file. */
  #shift = 0;
  #row = -ROW;
  #rowsEnd = 0;
  /** End of the loaded input, as a position in the file. */
  #inputEnd = 0;
  /** Position of the next line. */
  #next = 0;

  constructor(file: Buffer) {
    this.#file = file;
    this.#module = linesModule();
  }

  /** Advances to the next line. @returns whether there is one */
  advance(): boolean {
    this.#row += ROW;
    if (this.#row >= this.#rowsEnd && !this.#scan()) return false;
    this.#next = this.end + 1;
    return true;
  }

  /** Start of the line in the file, including the line's own white space. */
  get start(): number {
    return this.#word(START) + this.#shift;
  }

  get end(): number {
    return this.#word(END) + this.#shift;
  }

  /**
   * The entry on the line, if it was read.
   *
   * @param line 1-based number of the line
   * @param before the previous entry of the file; if it has the same name, its string is shared
   */
  entry(line: number, before: Entry | undefined): Entry | undefined {
    const flags = this.#word(FLAGS);
    const { READ, YANKED, OTHER_FIELDS, SAME_NAME } = this.#module;
    if ((flags & READ) === 0) return undefined;
    const isSame = (flags & SAME_NAME) !== 0 && before?.line === line - 1;
    const name = isSame ? before.name : this.#text(this.#word(NAME), this.#word(NAME_END));
    const digest = this.#word(CKSUM);
    return {
      name,
      version: this.#text(this.#word(VERSION), this.#word(VERSION_END)),
      cksum: this.#text(digest, digest + CKSUM_LENGTH),
      yanked: (flags & YANKED) !== 0,
      hasOtherFields: (flags & OTHER_FIELDS) !== 0,
      line,
      start: this.start,
      end: this.end,
    };
  }

  #word(index: number): number {
    return this.#module.words[this.#row + index] as number;
  }

  #text(start: number, end: number): string {
    return this.#module.bytes.toString('latin1', start, end);
  }

  /** Scans more lines. @returns whether there are any */
  #scan(): boolean {
    const { ROWS, scan } = this.#module;
    if (this.#next >= this.#file.length) return false;
    if (this.#next >= this.#inputEnd) this.#load();
    const count =
      this.#inputEnd === this.#next
        ? this.#noteLongLine()
        : scan(this.#next - this.#shift, this.#inputEnd - this.#shift);
    this.#row = ROWS / Int32Array.BYTES_PER_ELEMENT;
    this.#rowsEnd = this.#row + count * ROW;
    return true;
  }

  /** Loads as many whole lines as fit into memory. */
  #load(): void {
    const { bytes, INPUT, MAX_INPUT } = this.#module;
    const start = this.#next;
    const rest = this.#file.length - start;
    // If a line is too long, nothing is loaded.
    const end =
      rest <= MAX_INPUT ? this.#file.length : this.#file.lastIndexOf(NEWLINE, start + MAX_INPUT - 1) + 1;
    this.#inputEnd = Math.max(start, end);
    this.#shift = start - INPUT;
    this.#file.copy(bytes, INPUT, start, this.#inputEnd);
  }

  #noteLongLine(): number {
    const { words, ROWS } = this.#module;
    const row = ROWS / Int32Array.BYTES_PER_ELEMENT;
    const newline = this.#file.indexOf(NEWLINE, this.#next);
    words[row + START] = this.#next - this.#shift;
    words[row + END] = (newline === -1 ? this.#file.length : newline) - this.#shift;
    words[row + FLAGS] = 0;
    return 1;
  }
}
