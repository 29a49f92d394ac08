import { UsageError, unreadable } from '@crates-mirror/errors';
import { isSha256Hex } from '@crates-mirror/hashing/sha256';
import { readLines } from '@crates-mirror/lines';
import { ChecksumTable } from './checksum-table.ts';

const MAX_LINE = 64 * 1024;
const HINT = 'Every line must look like {"url":"https://…","sha256":"<64 hex digits>"}';

/** Reads a JSONL file of `{url, sha256}`. @throws UsageError naming the invalid line */
export function loadChecksums(path: string): ChecksumTable {
  const table = new ChecksumTable();
  try {
    for (const { number, text, isTooLong } of readLines(path, MAX_LINE)) {
      // trim() also removes the byte order mark that some editors write.
      const line = text.trim();
      if (line === '') continue;
      const entry = isTooLong ? undefined : parseChecksum(line);
      if (entry === undefined)
        throw new UsageError(`--checksums: ${path}:${number} is not a checksum`, { hint: HINT });
      table.set(entry.url, entry.sha256);
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw unreadable('--checksums', path, error);
  }
  return table;
}

function parseChecksum(text: string): { url: string; sha256: string } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { url, sha256 } = (value ?? {}) as { url?: unknown; sha256?: unknown };
  const digest = typeof sha256 === 'string' ? sha256.toLowerCase() : sha256;
  if (typeof url !== 'string' || !URL.canParse(url) || !isSha256Hex(digest)) return undefined;
  return { url: checksumKey(new URL(url)), sha256: digest };
}

/** Normalizes a URL, because plus signs can be written in several ways. */
export function checksumKey(url: URL): string {
  return url.origin + url.pathname.replaceAll(/\+|%2b/g, '%2B') + url.search;
}
