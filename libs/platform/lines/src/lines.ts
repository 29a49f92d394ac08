import { closeSync, openSync, readSync } from 'node:fs';

const READ_SIZE = 1 << 16;

export interface Line {
  /** 1-based */
  readonly number: number;
  /** Without its line end; truncated at the limit if `isTooLong`. */
  readonly text: string;
  readonly isTooLong: boolean;
}

/**
 * The lines of a file, in memory independent of its length and of its longest line.
 *
 * @param longest bytes kept of a line
 */
export function* readLines(path: string, longest: number): Generator<Line> {
  const fd = openSync(path, 'r');
  const piece = Buffer.allocUnsafe(READ_SIZE);
  let held: Buffer[] = [];
  let length = 0;
  let number = 0;
  const keep = (part: Buffer): void => {
    if (length <= longest) held.push(Buffer.from(part.subarray(0, longest + 1 - length)));
    length += part.length;
  };
  const take = (last: Buffer): Line => {
    number += 1;
    // Most lines lie within one read, and are not copied.
    if (length === 0 && last.length <= longest)
      return { number, text: last.toString('utf8'), isTooLong: false };
    keep(last);
    const line = { number, text: Buffer.concat(held).toString('utf8'), isTooLong: length > longest };
    held = [];
    length = 0;
    return line;
  };
  try {
    for (;;) {
      const count = readSync(fd, piece, 0, READ_SIZE, null);
      if (count === 0) break;
      let start = 0;
      for (let end = piece.indexOf(10); end !== -1 && end < count; end = piece.indexOf(10, start)) {
        yield take(piece.subarray(start, end));
        start = end + 1;
      }
      keep(piece.subarray(start, count));
    }
    if (length > 0) yield take(piece.subarray(0, 0));
  } finally {
    closeSync(fd);
  }
}
