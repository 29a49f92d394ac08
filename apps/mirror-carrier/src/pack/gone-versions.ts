import type { Entry, IndexFileContent } from '@crates-mirror/crates-index';
import type { EntriesBefore } from '../index/entries-before.ts';
import type { RemovalInstruction } from '../parcel/removal-list.ts';

/**
 * The versions of an index file that have left it, or have another checksum by now. A file with
 * malformed lines, or with no lines at all, may be damaged: nothing has left it.
 *
 * @param now undefined for a file that is gone
 */
export function* goneFrom(
  before: EntriesBefore,
  now: Pick<IndexFileContent, 'entries' | 'problems'> | undefined,
): Generator<RemovalInstruction> {
  const isDoubtful = now !== undefined && (now.problems.length > 0 || now.entries.length === 0);
  if (isDoubtful) return;
  const left = new Map<string, Entry>(now?.entries.map((entry) => [entry.version, entry]));
  for (const { name, version } of before.versions) {
    const entry = left.get(version);
    if (entry === undefined)
      yield { name, version, stays: null, reason: 'left_index', why: 'the index no longer names it' };
    else if (!before.has(entry))
      yield {
        name,
        version,
        stays: entry.cksum,
        reason: 'checksum_changed',
        why: `the index names it with the checksum ${entry.cksum}`,
      };
  }
}
