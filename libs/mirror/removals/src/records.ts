import { encodeRecord, type RecordStatus } from '@crates-mirror/manifest/record';
import type { Action, Removal } from './removal.ts';

const STATUS: Readonly<Record<Action, RecordStatus>> = {
  quarantine: 'quarantined',
  delete: 'deleted',
  withdraw: 'withdrawn',
};

/** The URL of a crate file, from its name and version. */
export type UrlOf = (crate: Pick<Removal, 'name' | 'version' | 'sha256'>) => string;

/** The manifest's lines for completed removals. */
export function removalRecords(removals: readonly Removal[], urlOf: UrlOf): Buffer {
  return Buffer.from(removals.map((removal) => recordOf(removal, urlOf, STATUS[removal.action])).join(''));
}

/** The manifest's line for a removal that was reversed. */
export function restoredRecord(removal: Removal, urlOf: UrlOf): Buffer {
  return Buffer.from(recordOf(removal, urlOf, 'restored'));
}

function recordOf(removal: Removal, urlOf: UrlOf, status: RecordStatus): string {
  const { name, version, path, sha256, bundle, reason, why, at, size } = removal;
  const isBack = status === 'restored';
  const now = new Date().toISOString();
  return encodeRecord({
    url: urlOf(removal),
    name,
    version,
    path,
    storage: bundle === null ? 'filesystem' : 'bundle',
    bundle_path: bundle,
    bundle_file: null,
    bundle_member: bundle === null ? null : path,
    size: isBack ? size : null,
    sha256,
    started_at: isBack ? now : at,
    finished_at: now,
    status,
    retries: 0,
    error: isBack ? null : { code: reason, message: why },
  });
}
