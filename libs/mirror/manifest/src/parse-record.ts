import { isOk, type ManifestRecord, SCHEMA_VERSION, STATUSES, STORAGES } from './record.ts';

/** The fields of a record that were checked. */
export type CheckedRecord = Pick<
  ManifestRecord,
  'path' | 'storage' | 'bundle_path' | 'size' | 'finished_at' | 'status'
> & {
  /** Missing in older records. */
  readonly bundle_file?: string | null;
};

/** Parses an untrusted line. @returns undefined for anything but a record of this schema */
export function parseRecord(line: string): CheckedRecord | undefined {
  let value: Partial<ManifestRecord> | null;
  try {
    value = JSON.parse(line) as typeof value;
  } catch {
    return undefined;
  }
  if (value?.schema_version !== SCHEMA_VERSION) return undefined;
  const { path, storage, bundle_path, bundle_file = null, size, finished_at, status } = value;
  if (!isOneOf(STATUSES, status) || !isOneOf(STORAGES, storage)) return undefined;
  const isPlace = typeof path === 'string' && isTextOrNull(bundle_path) && isTextOrNull(bundle_file);
  const isSized = isSize(size) || (size === null && !isOk(status));
  return isPlace && isSized && isTime(finished_at) ? (value as CheckedRecord) : undefined;
}

function isOneOf<Word extends string>(words: readonly Word[], value: unknown): value is Word {
  return words.includes(value as Word);
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string';
}

function isSize(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}
