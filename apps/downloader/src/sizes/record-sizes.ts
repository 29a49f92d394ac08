import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { checksumWords, type SizeTable } from './size-table.ts';

const READ_SIZE = 1 << 20;
/** Longer lines of a manifest are skipped. Bytes. */
const MAX_LINE = 64 << 10;
/**
 * Maximum number of bytes to read. A manifest grows with each run; the records of the latest runs
 * are at its end.
 */
const MAX_READ = 4 * 2 ** 30;
const NEWLINE = 0x0a;
const QUOTE = 0x22;
const ZERO = 0x30;
const NINE = 0x39;
/**
 * A record of a manifest, whether the mirror's or a bundle's, has these two fields next to each
 * other. Nothing inside a JSON string matches them, because quotes are escaped there. Searching for
 * the bytes avoids creating an object for each of millions of lines.
 */
const BEFORE_CHECKSUM = Buffer.from(',"sha256":"');
const BEFORE_SIZE = Buffer.from('"size":');
const CHECKSUM_LENGTH = 64;
const CHECKSUM = /^[0-9a-f]{64}$/;

/**
 * Adds the sizes in the records of a JSONL file to a table. Only complete lines and only records in
 * the exact form that the tools write are used.
 *
 * @param signal cancels reading
 * @throws the system's error when the file cannot be read
 */
export async function learnSizes(path: string, table: SizeTable, signal: AbortSignal): Promise<void> {
  const fd = openSync(path, 'r');
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) return;
    const window = Buffer.allocUnsafe(READ_SIZE + MAX_LINE);
    let position = Math.max(0, stats.size - MAX_READ);
    for (let held = 0; !signal.aborted; ) {
      const count = readSync(fd, window, held, READ_SIZE, position);
      if (count === 0) return;
      position += count;
      const filled = window.subarray(0, held + count);
      const end = filled.lastIndexOf(NEWLINE) + 1;
      learnFrom(filled.subarray(0, end), table);
      // The beginning of a line that is too long is discarded.
      held = filled.length - end > MAX_LINE ? 0 : filled.length - end;
      window.copyWithin(0, filled.length - held, filled.length);
      await nextTurn();
    }
  } finally {
    closeSync(fd);
  }
}

/** @param lines complete lines */
function learnFrom(lines: Buffer, table: SizeTable): void {
  for (let at = lines.indexOf(BEFORE_CHECKSUM); at !== -1; at = lines.indexOf(BEFORE_CHECKSUM, at + 1)) {
    const size = sizeBefore(lines, at);
    const start = at + BEFORE_CHECKSUM.length;
    const end = start + CHECKSUM_LENGTH;
    if (size === undefined || lines[end] !== QUOTE) continue;
    const sha256 = lines.toString('latin1', start, end);
    if (CHECKSUM.test(sha256)) table.learn(...checksumWords(sha256), size);
  }
}

/** Returns the number whose digits end at this offset, if it is a size. */
function sizeBefore(lines: Buffer, end: number): number | undefined {
  let start = end;
  let size = 0;
  for (let unit = 1; start > 0; unit *= 10) {
    const digit = lines[start - 1] as number;
    if (digit < ZERO || digit > NINE) break;
    size += (digit - ZERO) * unit;
    start -= 1;
  }
  const isSize =
    start < end &&
    start >= BEFORE_SIZE.length &&
    BEFORE_SIZE.compare(lines, start - BEFORE_SIZE.length, start) === 0;
  return isSize ? size : undefined;
}
