import { readLines } from '@crates-mirror/lines';
import { type CheckedRecord, parseRecord } from './parse-record.ts';

/** Bytes. The downloader's own records stay far below: what is longer is none. */
const MAX_LINE = 64 * 1024;

/**
 * The records of a manifest, oldest first, in memory independent of its length and of its lines'. Lines that are no records
 * (torn by a kill, damaged, or of a later schema) are passed to `onBadLine` by 1-based number.
 *
 * @param path a file, or a pipe that a compressed manifest comes out of
 * @throws the system's error when it cannot be read
 */
export function* readManifest(
  path: string,
  onBadLine: (line: number) => void = () => {},
): Generator<CheckedRecord> {
  for (const { number, text, isTooLong } of readLines(path, MAX_LINE)) {
    if (text.trim() === '') continue;
    const record = isTooLong ? undefined : parseRecord(text);
    if (record === undefined) onBadLine(number);
    else yield record;
  }
}
