export const SCHEMA_VERSION = 1;

/** The result of a target in one run, or what a later run did with its file. */
export const STATUSES = [
  'downloaded',
  'existing',
  'verified_existing',
  'missing_upstream',
  'too_large',
  'error',
  // Statuses for files of earlier runs.
  'quarantined',
  'deleted',
  'withdrawn',
  'restored',
] as const;
export type RecordStatus = (typeof STATUSES)[number];

export const STORAGES = ['filesystem', 'bundle', 'filesystem+bundle'] as const;
export type Storage = (typeof STORAGES)[number];

export interface RecordError {
  /** Stable and machine-readable. */
  readonly code: string;
  readonly message: string;
}

/** One manifest line: the result of one target in one run. The field order is that on disk. */
export interface ManifestRecord {
  readonly schema_version: number;
  readonly url: string;
  readonly name: string;
  readonly version: string;
  /** Path below the mirror's root, with `/`. */
  readonly path: string;
  readonly storage: Storage;
  /** Id of the bundle that holds it, and the bundle's file name, unknown until it is finished. */
  readonly bundle_path: string | null;
  readonly bundle_file: string | null;
  readonly bundle_member: string | null;
  /** bytes; null if no file is in place and none is known to be too large */
  readonly size: number | null;
  /** lower-case hex; null if known neither from the index nor from the bytes */
  readonly sha256: string | null;
  /** ISO 8601, UTC */
  readonly started_at: string;
  readonly finished_at: string;
  readonly ok: boolean;
  readonly status: RecordStatus;
  /** attempts after the first */
  readonly retries: number;
  readonly error: RecordError | null;
}

export type NewRecord = Omit<ManifestRecord, 'schema_version' | 'ok'>;

/** Whether a status means that the mirror holds the file. */
export function isOk(status: RecordStatus): boolean {
  switch (status) {
    case 'downloaded':
    case 'existing':
    case 'verified_existing':
    case 'restored':
      return true;
    default:
      return false;
  }
}

/**
 * Encodes one line with its newline. It is hand-written for speed, because it runs once for every
 * crate version.
 */
export function encodeRecord(record: NewRecord): string {
  return (
    `{"schema_version":${SCHEMA_VERSION},"url":${JSON.stringify(record.url)},"name":${JSON.stringify(record.name)},` +
    `"version":${JSON.stringify(record.version)},"path":${JSON.stringify(record.path)},"storage":"${record.storage}",` +
    `"bundle_path":${JSON.stringify(record.bundle_path)},"bundle_file":${JSON.stringify(record.bundle_file)},` +
    `"bundle_member":${JSON.stringify(record.bundle_member)},` +
    `"size":${record.size},"sha256":${JSON.stringify(record.sha256)},"started_at":"${record.started_at}",` +
    `"finished_at":"${record.finished_at}","ok":${isOk(record.status)},"status":"${record.status}",` +
    `"retries":${record.retries},"error":${JSON.stringify(record.error)}}\n`
  );
}
