import type { Stats } from 'node:fs';
import type { FillModule } from './fill-module.ts';
import { type CrateTemplates, recordTemplate } from './template.ts';

/** Identifies the state of an index file, to detect whether it has changed. */
export interface IndexFileState {
  readonly key: readonly [number, number, number, number];
}

/** A crate file that was in place. */
export interface UnchangedCrate {
  readonly version: string;
  /** bytes */
  readonly size: number;
  readonly mtimeMs: number;
  /** lower-case hex */
  readonly sha256: string;
}

/** An index file and the state of its crate files, encoded as bytes. */
export interface EncodedSection {
  /** Path of the index file. */
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** Positions of the leading numbers: 64-bit floats in native byte order. Lengths are in bytes. */
const LENGTH = 0;
const KEY = 1;
const COUNT = 5;
const FILE_LENGTH = 6;
const PATH_LENGTH = 7;
const RECORD_LENGTH = 8;
const HEAD = 9;
/** Numbers that follow for each crate file: its size and its mtime. */
const ROW = 2;
const WIDTH = Float64Array.BYTES_PER_ELEMENT;
/** Bytes of a digest. The digests come after the numbers, followed by the text. */
const DIGEST = 32;
/**
 * Bytes. With 32 marks of 480 bytes (a version of 160 characters, each a `+`), a record is still
 * far shorter than the 1 MiB that the module can output at once.
 */
const MAX_TEMPLATE = 1 << 16;

/**
 * Encodes a section: numbers and digests (see above), then UTF-8 text: the path of the index file,
 * the templates of paths and records, each version with a newline, and zeros up to a multiple of
 * eight bytes.
 *
 * @returns undefined if this form cannot represent it
 */
export function encodeSection(
  file: string,
  state: IndexFileState,
  templates: CrateTemplates,
  crates: readonly UnchangedCrate[],
): EncodedSection | undefined {
  const record = recordTemplate(templates);
  if (record === undefined) return undefined;
  const texts = [file, templates.path, record].map((text) => Buffer.from(text));
  if (texts.some(({ length }) => length > MAX_TEMPLATE)) return undefined;
  const text = Buffer.concat([...texts, Buffer.from(crates.map(({ version }) => `${version}\n`).join(''))]);
  const numbers = new Float64Array(HEAD + crates.length * ROW);
  const textStart = numbers.byteLength + crates.length * DIGEST;
  const bytes = Buffer.alloc(Math.ceil((textStart + text.length) / WIDTH) * WIDTH);
  numbers.set([bytes.length, ...state.key, crates.length]);
  for (const [i, { length }] of texts.entries()) numbers[FILE_LENGTH + i] = length;
  let at = HEAD;
  for (const crate of crates) {
    numbers[at++] = crate.size;
    numbers[at++] = crate.mtimeMs;
  }
  bytes.set(new Uint8Array(numbers.buffer));
  bytes.write(crates.map(({ sha256 }) => sha256).join(''), numbers.byteLength, 'hex');
  text.copy(bytes, textStart);
  return { file, bytes };
}

/** A section in the module's memory. */
export class Section implements EncodedSection {
  readonly file: string;
  /** Number of crate files. */
  readonly count: number;
  readonly bytes: Buffer;
  readonly #module: FillModule;
  /** Index of its first number in the memory. */
  readonly #start: number;

  /** @param at a multiple of eight. @throws RangeError if there is no section before `end` */
  constructor(module: FillModule, at: number, end: number) {
    this.#module = module;
    this.#start = at / WIDTH;
    const length = this.#number(LENGTH);
    if (!(length >= HEAD * WIDTH && at + length <= end)) throw new RangeError('no section');
    this.bytes = module.bytes.subarray(at, at + length);
    this.count = this.#number(COUNT);
    this.#check(at + length);
    this.file = module.bytes.toString('utf8', this.#text, this.#text + this.#number(FILE_LENGTH));
  }

  /**
   * Checks the numbers, which the WebAssembly code relies on.
   * @throws RangeError if they are invalid
   */
  #check(end: number): void {
    const lengths = [FILE_LENGTH, PATH_LENGTH, RECORD_LENGTH].map((at) => this.#number(at));
    if (![this.count, ...lengths].every((n) => Number.isSafeInteger(n) && n > 0))
      throw new RangeError('no section');
    // Each version has at least a newline.
    const least = lengths.reduce((sum, length) => sum + length, this.#text) + this.count;
    if (least > end) throw new RangeError('no section');
  }

  /** Whether the index file is unchanged. */
  isOf({ key }: IndexFileState): boolean {
    return key.every((number, i) => number === this.#number(KEY + i));
  }

  /** The crate files' paths below the mirror's root, in batches. */
  *paths(): Generator<readonly string[]> {
    const start = this.#text + this.#number(FILE_LENGTH);
    for (const text of this.#fill(start, start + this.#number(PATH_LENGTH)))
      yield text.toString('utf8', 0, text.length - 1).split('\n');
  }

  /** Whether a crate file is unchanged. @param index position among all paths */
  isAt(index: number, { size, mtimeMs }: Pick<Stats, 'size' | 'mtimeMs'>): boolean {
    const row = HEAD + index * ROW;
    return size === this.#number(row) && mtimeMs === this.#number(row + 1);
  }

  /**
   * The manifest records of all crate files. Each piece is valid until the next one.
   * @param now ISO 8601, UTC, with milliseconds
   */
  records(now: string): Generator<Buffer> {
    this.#module.bytes.write(now, this.#module.TIME, 'latin1');
    const start = this.#text + this.#number(FILE_LENGTH) + this.#number(PATH_LENGTH);
    return this.#fill(start, start + this.#number(RECORD_LENGTH));
  }

  /** Fills a template for all crate files. */
  *#fill(template: number, end: number): Generator<Buffer> {
    const { bytes, fill, OUTPUT, filled, nextVersion } = this.#module;
    let version = this.#text;
    for (const length of [FILE_LENGTH, PATH_LENGTH, RECORD_LENGTH]) version += this.#number(length);
    for (let row = 0; row < this.count; ) {
      const rows = (this.#start + HEAD + row * ROW) * WIDTH;
      const digests = this.#digests + row * DIGEST;
      const length = fill(template, end, rows, digests, version, this.count - row);
      if (length === 0) throw new RangeError('a row that is longer than the output');
      // Saved before yielding, because other code may call `fill` meanwhile.
      version = nextVersion.value;
      row += filled.value;
      yield bytes.subarray(OUTPUT, OUTPUT + length);
    }
  }

  get #digests(): number {
    return (this.#start + HEAD + this.count * ROW) * WIDTH;
  }

  get #text(): number {
    return this.#digests + this.count * DIGEST;
  }

  #number(at: number): number {
    return this.#module.numbers[this.#start + at] as number;
  }
}
