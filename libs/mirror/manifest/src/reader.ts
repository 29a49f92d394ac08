import { readLines } from '@crates-mirror/lines';
import { type CheckedRecord, parseRecord } from './parse-record.ts';

/** Bytes. The downloader's own records are far shorter; a longer line is not a record. */
const MAX_LINE = 64 * 1024;

/**
 * Reads the records of a manifest, oldest first. Memory use is independent of the length of the
 * manifest and of its lines. Lines that are not records (torn by a kill, damaged, or of a later
 * schema) are passed to `onBadLine` by 1-based number.
 *
 * @param path a file, or a pipe from which a decompressed manifest is read
 * @throws the system error if it cannot be read
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
