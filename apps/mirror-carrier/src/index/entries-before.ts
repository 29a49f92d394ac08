import type { Entry } from '@crates-mirror/crates-index';

export interface NamedVersion {
  /** As the index spells it. */
  readonly name: string;
  readonly version: string;
}

/** The entries that an index file had in a previous state. */
export interface EntriesBefore {
  /** Whether it had this entry, with the same checksum. */
  has(entry: Pick<Entry, 'version' | 'cksum'>): boolean;
  readonly versions: readonly NamedVersion[];
}

/** For a file that did not exist. */
export const NO_ENTRIES: EntriesBefore = { has: () => false, versions: [] };
/** For a file that has not changed. */
export const SAME_ENTRIES: EntriesBefore = { has: () => true, versions: [] };

/** Hex digits of a checksum that identify it among those of one version. */
const KEY_LENGTH = 16;

/** A short text that identifies an entry in its file. Without spaces and tabs. */
export function entryKey({ version, cksum }: Pick<Entry, 'version' | 'cksum'>): string {
  return `${version}=${cksum.slice(0, KEY_LENGTH)}`;
}

/** @param keys of all entries, by {@link entryKey} */
export function entriesOfKeys(name: string, keys: readonly string[]): EntriesBefore {
  const known = new Set(keys);
  return {
    has: (entry) => known.has(entryKey(entry)),
    versions: keys.flatMap((key) => {
      const end = key.indexOf('=');
      return end === -1 ? [] : [{ name, version: key.slice(0, end) }];
    }),
  };
}

export function entriesOf(entries: readonly Entry[]): EntriesBefore {
  const known = new Set(entries.map(entryKey));
  return { has: (entry) => known.has(entryKey(entry)), versions: entries };
}
