import { type LinesModule, linesModule } from './lines-module.ts';
import { indexPath } from './names.ts';
import { CKSUM, CKSUM_LENGTH, END, FLAGS, NAME, NAME_END, ROW, START, VERSION, VERSION_END } from './row.ts';

/**
 * An index file as crates.io writes them, as nearly all are: each line was read straight from its bytes, all are of the crate
 * whose place this is, each of another version, and without fields that cargo does not define. Nothing is made of a line
 * but what is asked for. For other files there is `parseIndexFile`.
 *
 * All files share one memory: of two, the second must not be begun before the first is done with.
 */
export class RegularFile {
  readonly name: string;
  /** Lines. */
  readonly count: number;
  readonly #module: LinesModule;

  private constructor(module: LinesModule, name: string, count: number) {
    this.#module = module;
    this.name = name;
    this.count = count;
  }

  /**
   * @param path below the index root, with `/`
   * @returns undefined for a file that has anything else, no line, or a thousand and more
   */
  static scan(file: Buffer, path: string): RegularFile | undefined {
    const module = linesModule();
    const { bytes, words, scan, isRegular, INPUT, MAX_INPUT, MAX_ROWS, ROWS } = module;
    if (file.length > MAX_INPUT) return undefined;
    file.copy(bytes, INPUT);
    const count = scan(INPUT, INPUT + file.length);
    if (count === 0 || count === MAX_ROWS || isRegular(count) === 0) return undefined;
    const row = ROWS / Int32Array.BYTES_PER_ELEMENT;
    const name = bytes.toString('latin1', words[row + NAME], words[row + NAME_END]);
    return indexPath(name) === path ? new RegularFile(module, name, count) : undefined;
  }

  /** @param line counted from 0 */
  version(line: number): string {
    return this.#module.bytes.toString('latin1', this.#word(line, VERSION), this.#word(line, VERSION_END));
  }

  /** SHA-256 of the crate file in lower-case hex. */
  cksum(line: number): string {
    const start = this.#word(line, CKSUM);
    return this.#module.bytes.toString('latin1', start, start + CKSUM_LENGTH);
  }

  isYanked(line: number): boolean {
    return (this.#word(line, FLAGS) & this.#module.YANKED) !== 0;
  }

  /** How many lines are. */
  get yanked(): number {
    let count = 0;
    for (let line = 0; line < this.count; line++) if (this.isYanked(line)) count += 1;
    return count;
  }

  /** Where texts are put together. A call of the methods below takes the place of what is there. */
  get output(): Buffer {
    return this.#module.bytes;
  }

  get outputStart(): number {
    return this.#module.OUTPUT;
  }

  /** Puts the JSON object that a line is into {@link output}, but for its last brace. @returns where it ends there */
  copyOpen(line: number): number {
    const { bytes, OUTPUT } = this.#module;
    const start = this.#word(line, START);
    const end = this.#word(line, END) - 1;
    bytes.copyWithin(OUTPUT, start, end);
    return OUTPUT + end - start;
  }

  /** The same, indented as `indentObject` does it. */
  indentOpen(line: number): number {
    const { indent, OUTPUT } = this.#module;
    return OUTPUT + indent(this.#word(line, START), this.#word(line, END) - 1, 0);
  }

  /** Puts text into {@link output}. @returns where it ends there. @throws RangeError when it has no room */
  append(text: string, at: number): number {
    const { bytes } = this.#module;
    // Of a UTF-16 unit, UTF-8 makes three bytes at most.
    if (bytes.length - at < 3 * text.length)
      throw new RangeError(`a text of ${text.length} characters has no room`);
    return at + bytes.write(text, at);
  }

  #word(line: number, index: number): number {
    const { words, ROWS } = this.#module;
    return words[ROWS / Int32Array.BYTES_PER_ELEMENT + line * ROW + index] as number;
  }
}
