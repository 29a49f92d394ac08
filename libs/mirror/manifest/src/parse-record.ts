import { isOk, type ManifestRecord, SCHEMA_VERSION, STATUSES, STORAGES } from './record.ts';

/** What a reader of a manifest may rely on; of other fields nothing is known. */
export type CheckedRecord = Pick<
  ManifestRecord,
  'path' | 'storage' | 'bundle_path' | 'size' | 'finished_at' | 'status'
>;

/** A line that anybody may have written or damaged. @returns undefined for anything but a record of this schema */
export function parseRecord(line: string): CheckedRecord | undefined {
  let value: Partial<ManifestRecord> | null;
  try {
    value = JSON.parse(line) as typeof value;
  } catch {
    return undefined;
  }
  if (value?.schema_version !== SCHEMA_VERSION) return undefined;
  const { path, storage, bundle_path, size, finished_at, status } = value;
  if (!isOneOf(STATUSES, status) || !isOneOf(STORAGES, storage)) return undefined;
  const isPlace = typeof path === 'string' && (bundle_path === null || typeof bundle_path === 'string');
  const isSized = isSize(size) || (size === null && !isOk(status));
  return isPlace && isSized && isTime(finished_at) ? (value as CheckedRecord) : undefined;
}

function isOneOf<Word extends string>(words: readonly Word[], value: unknown): value is Word {
  return words.includes(value as Word);
}

function isSize(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}
