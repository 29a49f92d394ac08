import { closeSync, openSync, readSync } from 'node:fs';
import type { Line } from './lines.ts';

const READ_SIZE = 1 << 20;
const NEWLINE = 0x0a;

/**
 * The lines of a file that contain a text, found without splitting the others, in at most a fifth
 * of the time of {@link readLines}. They have no line numbers.
 *
 * @param wanted not empty, and without a line end
 * @param longest bytes of a line; a longer line is only reported as too long. A line of more than a
 *   megabyte is reported whatever its content, and ends the search
 */
export function* linesWith(path: string, wanted: string, longest: number): Generator<Omit<Line, 'number'>> {
  const fd = openSync(path, 'r');
  const window = Buffer.allocUnsafe(READ_SIZE + longest);
  try {
    for (let held = 0; ; ) {
      const count = readSync(fd, window, held, window.length - held, null);
      const filled = window.subarray(0, held + count);
      const end = count === 0 ? filled.length : filled.lastIndexOf(NEWLINE) + 1;
      yield* linesOf(filled.subarray(0, end), wanted, longest);
      if (count === 0) return;
      held = filled.length - end;
      if (held > longest) {
        yield { text: '', isTooLong: true };
        return;
      }
      window.copyWithin(0, end, filled.length);
    }
  } finally {
    closeSync(fd);
  }
}

function* linesOf(part: Buffer, wanted: string, longest: number): Generator<Omit<Line, 'number'>> {
  for (let found = part.indexOf(wanted); found !== -1; ) {
    const newline = part.indexOf(NEWLINE, found);
    const end = newline === -1 ? part.length : newline;
    const start = part.lastIndexOf(NEWLINE, found) + 1;
    const isTooLong = end - start > longest;
    yield { text: isTooLong ? '' : part.toString('utf8', start, end), isTooLong };
    found = part.indexOf(wanted, end);
  }
}
