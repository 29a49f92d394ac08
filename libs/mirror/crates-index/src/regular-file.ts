import { type LinesModule, linesModule } from './lines-module.ts';
import { indexPath } from './names.ts';
import { CKSUM, CKSUM_LENGTH, END, FLAGS, NAME, NAME_END, ROW, START, VERSION, VERSION_END } from './row.ts';

/**
 * An index file in the form of crates.io, as nearly all are: each line was read straight from its
 * bytes, all lines are of the crate that belongs at this path, versions are unique, and there are
 * no fields that cargo does not define. Values are decoded only when requested. Other files are
 * read by `parseIndexFile`.
 *
 * All files share one memory: finish with one before scanning the next.
 */
export class RegularFile {
  readonly name: string;
  /** Number of lines. */
  readonly count: number;
  readonly #module: LinesModule;

  private constructor(module: LinesModule, name: string, count: number) {
    this.#module = module;
    this.name = name;
    this.count = count;
  }

  /**
   * @param path below the index root, with `/`
   * @returns undefined if the file is not regular, has no lines, or has a thousand or more
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

  /** @param line 0-based */
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

  /** Number of yanked lines. */
  get yanked(): number {
    let count = 0;
    for (let line = 0; line < this.count; line++) if (this.isYanked(line)) count += 1;
    return count;
  }

  /** Output buffer, which each call of the methods below overwrites. */
  get output(): Buffer {
    return this.#module.bytes;
  }

  get outputStart(): number {
    return this.#module.OUTPUT;
  }

  /**
   * Copies the JSON object of a line to {@link output} without its last brace.
   * @returns the end in the output
   */
  copyOpen(line: number): number {
    const { bytes, OUTPUT } = this.#module;
    const start = this.#word(line, START);
    const end = this.#word(line, END) - 1;
    bytes.copyWithin(OUTPUT, start, end);
    return OUTPUT + end - start;
  }

  /** Like {@link copyOpen}, but indented like `indentObject`. */
  indentOpen(line: number): number {
    const { indent, OUTPUT } = this.#module;
    return OUTPUT + indent(this.#word(line, START), this.#word(line, END) - 1, 0);
  }

  /**
   * Appends text to {@link output}.
   * @returns the end in the output.
   * @throws RangeError if there is no room
   */
  append(text: string, at: number): number {
    const { bytes } = this.#module;
    // A UTF-16 unit takes at most three bytes in UTF-8.
    if (bytes.length - at < 3 * text.length)
      throw new RangeError(`a text of ${text.length} characters has no room`);
    return at + bytes.write(text, at);
  }

  #word(line: number, index: number): number {
    const { words, ROWS } = this.#module;
    return words[ROWS / Int32Array.BYTES_PER_ELEMENT + line * ROW + index] as number;
  }
}
