import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type ManifestRecord, SCHEMA_VERSION } from './record.ts';

/**
 * The records of a manifest, oldest first, in memory independent of its length. Lines that are no records (torn by a
 * kill, or of a later schema) are passed to `onBadLine` by 1-based number.
 */
export async function* readManifest(
  path: string,
  onBadLine: (line: number) => void = () => {},
): AsyncGenerator<ManifestRecord> {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line === '') continue;
    const record = parseRecord(line);
    if (record === undefined) onBadLine(number);
    else yield record;
  }
}

function parseRecord(line: string): ManifestRecord | undefined {
  try {
    const value = JSON.parse(line) as ManifestRecord | null;
    return value?.schema_version === SCHEMA_VERSION && typeof value.path === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
