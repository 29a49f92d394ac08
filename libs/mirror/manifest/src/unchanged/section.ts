import type { Stats } from 'node:fs';
import { ANY_IN_PATH, type CrateTemplates, recordTemplate } from './template.ts';
import type { TemplateFiller } from './template-filler.ts';
import { DIGEST } from './write-values.ts';

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
/**
 * Bytes. With 32 marks of 480 bytes (a version of 160 characters, each a `+`), a record is still
 * far shorter than the 1 MiB that the filler can output at once.
 */
const MAX_TEMPLATE = 1 << 16;

/**
 * Encodes a section: numbers (see above), SHA-256 digests, then UTF-8 text: the path of the index file,
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

/** A section in the memory of a {@link TemplateFiller}. */
export class Section implements EncodedSection {
  readonly file: string;
  /** Number of crate files. */
  readonly count: number;
  readonly bytes: Buffer;
  readonly #filler: TemplateFiller;
  /** Index of its first number in the memory. */
  readonly #start: number;

  /** @param at a multiple of eight. @throws RangeError if there is no section before `end` */
  constructor(filler: TemplateFiller, at: number, end: number) {
    this.#filler = filler;
    this.#start = at / WIDTH;
    const length = this.#number(LENGTH);
    if (!(length >= HEAD * WIDTH && at + length <= end)) throw new RangeError('no section');
    this.bytes = filler.bytes.subarray(at, at + length);
    this.count = this.#number(COUNT);
    this.#check(at + length);
    this.file = filler.bytes.toString('utf8', this.#text, this.#text + this.#number(FILE_LENGTH));
  }

  /**
   * Checks the numbers, which the filler relies on.
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

  /** The crate files' paths below the mirror's root. */
  paths(): string[] {
    const { bytes } = this.#filler;
    const start = this.#text + this.#number(FILE_LENGTH);
    const template = bytes.toString('utf8', start, start + this.#number(PATH_LENGTH));
    const end = this.bytes.byteOffset + this.bytes.length;
    const versions = bytes.toString('utf8', this.#versions, end).split('\n', this.count);
    const hasDigest = template.includes(ANY_IN_PATH.sha256);
    return versions.map((version, i) => {
      const path = template.replaceAll(ANY_IN_PATH.version, version);
      return hasDigest ? path.replaceAll(ANY_IN_PATH.sha256, this.#digestOf(i)) : path;
    });
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
  *records(now: string): Generator<Buffer> {
    this.#filler.setTime(now);
    const end = this.#versions;
    const template = end - this.#number(RECORD_LENGTH);
    let versions = end;
    for (let row = 0; row < this.count; ) {
      const filled = this.#filler.fill(template, end, {
        numbers: this.#start + HEAD + row * ROW,
        digests: this.#digests + row * DIGEST,
        versions,
        count: this.count - row,
      });
      if (filled.count === 0) throw new RangeError('a row that is longer than the output');
      versions = filled.versions;
      row += filled.count;
      yield filled.output;
    }
  }

  /** Lower-case hex. */
  #digestOf(index: number): string {
    const start = this.#digests + index * DIGEST;
    return this.#filler.bytes.toString('hex', start, start + DIGEST);
  }

  get #digests(): number {
    return (this.#start + HEAD + this.count * ROW) * WIDTH;
  }

  get #text(): number {
    return this.#digests + this.count * DIGEST;
  }

  /** Address of the first version. */
  get #versions(): number {
    return [FILE_LENGTH, PATH_LENGTH, RECORD_LENGTH].reduce(
      (at, length) => at + this.#number(length),
      this.#text,
    );
  }

  #number(at: number): number {
    return this.#filler.numbers[this.#start + at] as number;
  }
}
