import type { Entry } from './entry.ts';
import { parseIndexFile } from './index-file.ts';

/** A change of a crate between two states of the index. `index_path` is below the index root. */
export interface CrateChange {
  readonly change: 'crate_added' | 'crate_changed' | 'crate_removed';
  readonly name: string;
  readonly index_path: string;
}

/** A change of one of its versions. */
export interface VersionChange {
  readonly change:
    | 'version_added'
    | 'version_removed'
    | 'version_yanked'
    | 'version_unyanked'
    | 'checksum_changed';
  readonly name: string;
  readonly index_path: string;
  readonly version: string;
  /** SHA-256 in lower-case hex; for a removed version, the previous one. */
  readonly cksum: string;
  readonly yanked: boolean;
  /** Only for `checksum_changed`. */
  readonly previous_cksum?: string;
}

export type IndexChange = CrateChange | VersionChange;

/**
 * Compares two states of one index file. The crate's change comes first, then those of its versions
 * in line order. Lines that are not entries are ignored here; mirroring reports them. A crate whose
 * changes have no specific name is only `crate_changed`.
 *
 * @param before undefined if there was no file
 * @param after undefined if there is none
 */
export function compareIndexFiles(
  file: string,
  before: Uint8Array | undefined,
  after: Uint8Array | undefined,
): IndexChange[] {
  const old = versionsOf(file, before);
  const now = versionsOf(file, after);
  const name = [...now.values()].at(-1)?.name ?? [...old.values()].at(-1)?.name ?? nameOf(file);
  const change =
    before === undefined ? 'crate_added' : after === undefined ? 'crate_removed' : 'crate_changed';
  const changes: IndexChange[] = [{ change, name, index_path: file }];
  for (const entry of now.values()) {
    const previous = old.get(entry.version);
    if (previous === undefined) changes.push(versionChange('version_added', file, entry));
    else changes.push(...differences(file, previous, entry));
  }
  for (const entry of old.values()) {
    if (!now.has(entry.version)) changes.push(versionChange('version_removed', file, entry));
  }
  return changes;
}

function differences(file: string, before: Entry, after: Entry): VersionChange[] {
  const changes: VersionChange[] = [];
  if (before.cksum !== after.cksum) {
    changes.push({ ...versionChange('checksum_changed', file, after), previous_cksum: before.cksum });
  }
  if (before.yanked !== after.yanked) {
    changes.push(versionChange(after.yanked ? 'version_yanked' : 'version_unyanked', file, after));
  }
  return changes;
}

function versionChange(change: VersionChange['change'], file: string, entry: Entry): VersionChange {
  const { name, version, cksum, yanked } = entry;
  return { change, name, index_path: file, version, cksum, yanked };
}

function versionsOf(file: string, content: Uint8Array | undefined): Map<string, Entry> {
  const entries = content === undefined ? [] : parseIndexFile(content, file).entries;
  return new Map(entries.map((entry) => [entry.version, entry]));
}

function nameOf(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1);
}
