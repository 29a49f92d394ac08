import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { checksumWords, type SizeTable } from './size-table.ts';

const READ_SIZE = 1 << 20;
/** A reader of manifests passes over longer lines, bytes. */
const MAX_LINE = 64 << 10;
/** A manifest grows with every run. The records of the last ones are at its end. Bytes. */
const MAX_READ = 4 * 2 ** 30;
const NEWLINE = 0x0a;
const QUOTE = 0x22;
const ZERO = 0x30;
const NINE = 0x39;
/**
 * A record of a manifest, of the mirror or of a bundle, has these two fields side by side, and nothing within a JSON string looks
 * like them, since quotes are escaped there. Of millions of lines, no object is made.
 */
const BEFORE_CHECKSUM = Buffer.from(',"sha256":"');
const BEFORE_SIZE = Buffer.from('"size":');
const CHECKSUM_LENGTH = 64;
const CHECKSUM = /^[0-9a-f]{64}$/;

/**
 * Tells a table the sizes that the records of a JSONL file have. Only whole lines count, and only records that the tools wrote.
 *
 * @param signal ends it early
 * @throws the system's error where the file cannot be read
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
      // The beginning of a line that is too long is dropped.
      held = filled.length - end > MAX_LINE ? 0 : filled.length - end;
      window.copyWithin(0, filled.length - held, filled.length);
      await nextTurn();
    }
  } finally {
    closeSync(fd);
  }
}

/** @param lines whole ones */
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

/** The number whose digits end there, where it is a size. */
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
