import type { Entry } from './entry.ts';
import { type LinesModule, linesModule } from './lines-module.ts';
import { CKSUM, CKSUM_LENGTH, END, FLAGS, NAME, NAME_END, ROW, START, VERSION, VERSION_END } from './row.ts';

const NEWLINE = 0x0a;

/**
 * The lines of an index file, one after the other, read straight from their bytes: more than twice as fast as by a loop
 * in JavaScript, and without the garbage of `JSON.parse`, which builds every dependency of every version only to have it thrown
 * away. Every line is found. One that is not as crates.io writes them is left to `parseEntry`.
 *
 * All files share one memory: of two, the second must not be begun before the first is done with.
 */
export class ScannedLines {
  readonly #file: Buffer;
  readonly #module: LinesModule;
  /** What to add to an address to have the place in the file. */
  #shift = 0;
  #row = -ROW;
  #rowsEnd = 0;
  /** Where the input ends that is in memory, in the file. */
  #inputEnd = 0;
  /** Where the next line begins. */
  #next = 0;

  constructor(file: Buffer) {
    this.#file = file;
    this.#module = linesModule();
  }

  /** Goes to the next line. @returns whether there is one */
  advance(): boolean {
    this.#row += ROW;
    if (this.#row >= this.#rowsEnd && !this.#scan()) return false;
    this.#next = this.end + 1;
    return true;
  }

  /** Where the line is in the file, its own white space included. */
  get start(): number {
    return this.#word(START) + this.#shift;
  }

  get end(): number {
    return this.#word(END) + this.#shift;
  }

  /**
   * What the line says, if it was read.
   *
   * @param line its number
   * @param before the last entry of the file before it; where it has the same name, one string serves for both
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

  /** Has further lines scanned. @returns whether there are any */
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

  /** Puts as many whole lines into memory as there is room for. */
  #load(): void {
    const { bytes, INPUT, MAX_INPUT } = this.#module;
    const start = this.#next;
    const rest = this.#file.length - start;
    // A line that is too long for it leaves nothing.
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
