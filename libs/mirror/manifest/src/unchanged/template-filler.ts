import { MARK, MAX_MARKS } from './marks.ts';
import {
  copy,
  copyEncoded,
  DIGEST,
  lineEnd,
  MAX_OF_A_BYTE,
  writeDigest,
  writeNumber,
} from './write-values.ts';

/** Bytes that one call can output. */
const MAX_OUTPUT = 1 << 20;
const NEWLINE = 0x0a;

/** Values of some versions of a crate, in the memory of a {@link TemplateFiller}. */
export interface Rows {
  /** Index of the first row's size among the numbers. An mtime follows each size. */
  readonly numbers: number;
  /** Address of the first row's SHA-256. */
  readonly digests: number;
  /** Address of the first row's version. Each version ends in a newline. */
  readonly versions: number;
  readonly count: number;
}

/** Values of one version, or their addresses. */
interface Row {
  readonly version: number;
  readonly versionEnd: number;
  readonly size: number;
  readonly digest: number;
}

/** The rows that one call has filled. */
export interface FilledRows {
  /** Valid until the next call. */
  readonly output: Buffer;
  /** 0 if a row is longer than the output may be. */
  readonly count: number;
  /** Address of the next row's version. */
  readonly versions: number;
}

/**
 * Fills templates with the values that differ between the versions of a crate. Output, templates
 * and values share one memory, and nothing is allocated for a row.
 */
export class TemplateFiller {
  /** Memory from here on belongs to the caller. A multiple of eight. */
  static readonly INPUT = MAX_OUTPUT;
  /** The whole memory; replaced when it grows. */
  bytes = Buffer.allocUnsafeSlow(TemplateFiller.INPUT);
  numbers = new Float64Array(this.bytes.buffer);
  /** Addresses of the current template's marks. */
  readonly #marks = new Uint32Array(MAX_MARKS);
  #markCount = 0;
  #time = Buffer.alloc(0);

  /** Makes room for `length` bytes at INPUT. References to the memory become invalid. */
  reserve(length: number): void {
    const needed = TemplateFiller.INPUT + length;
    if (needed <= this.bytes.length) return;
    this.bytes = Buffer.allocUnsafeSlow(Math.ceil(needed / 8) * 8);
    this.numbers = new Float64Array(this.bytes.buffer);
  }

  /** @param text the text that replaces every time mark, in ASCII */
  setTime(text: string): void {
    this.#time = Buffer.from(text, 'latin1');
  }

  /**
   * Fills a template for one row after another until there is no more room. A newline follows each.
   *
   * @param template,end start and end of the template, which has at most MAX_MARKS marks
   */
  fill(template: number, end: number, rows: Rows): FilledRows {
    this.#findMarks(template, end);
    const { bytes, numbers } = this;
    let { versions } = rows;
    let to = 0;
    let count = 0;
    for (; count < rows.count; count++) {
      const versionEnd = lineEnd(bytes, versions);
      const widest = Math.max(MAX_OF_A_BYTE * (versionEnd - versions), 2 * DIGEST);
      if (to + (end - template) + this.#markCount * widest + 1 > MAX_OUTPUT) break;
      const size = numbers[rows.numbers + 2 * count] as number;
      const digest = rows.digests + count * DIGEST;
      let from = template;
      for (let i = 0; i < this.#markCount; i++) {
        const mark = this.#marks[i] as number;
        to = copy(bytes, to, from, mark);
        to = this.#fillMark(bytes[mark] as number, to, { version: versions, versionEnd, size, digest });
        from = mark + 1;
      }
      to = copy(bytes, to, from, end);
      bytes[to++] = NEWLINE;
      versions = versionEnd + 1;
    }
    return { output: bytes.subarray(0, to), count, versions };
  }

  #fillMark(mark: number, to: number, { version, versionEnd, size, digest }: Row): number {
    const { bytes } = this;
    switch (mark) {
      case MARK.version:
        return copy(bytes, to, version, versionEnd);
      case MARK.versionInUrl:
        return copyEncoded(bytes, to, version, versionEnd);
      case MARK.size:
        return writeNumber(bytes, to, size);
      case MARK.sha256:
        return writeDigest(bytes, to, digest);
      default:
        bytes.set(this.#time, to);
        return to + this.#time.length;
    }
  }

  #findMarks(template: number, end: number): void {
    const { bytes } = this;
    let count = 0;
    for (let at = template; at < end && count < MAX_MARKS; at++)
      if ((bytes[at] as number) <= MARK.versionInUrl) this.#marks[count++] = at;
    this.#markCount = count;
  }
}
