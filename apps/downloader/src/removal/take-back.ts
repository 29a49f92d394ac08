import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage } from '@crates-mirror/errors';
import { HOME_DIRECTORY } from '@crates-mirror/layout';
import { type Removal, restore } from '@crates-mirror/removals';
import type { RemovalPlace } from '@crates-mirror/removals/places';
import type { IndexSays } from './index-says.ts';

/**
 * Restores files that are to be mirrored again because the index names them again or the selection
 * was changed back. Quarantined files need not be downloaded.
 *
 * @param onFailure called with each file that cannot be restored, which will be mirrored again
 * @returns the restored files
 */
export function takeBack(
  place: RemovalPlace,
  says: IndexSays,
  onFailure: (message: string) => void,
): readonly Removal[] {
  return reversible(place).filter((removal) => {
    if (removal.action === 'delete' || !isWanted(removal, says)) return false;
    // Another file has taken its place.
    if (removal.to !== null && existsSync(join(place.root, removal.path))) return false;
    try {
      restore(place, removal, 'run');
      return true;
    } catch (error) {
      onFailure(`${removal.name} ${removal.version} cannot be restored: ${errorMessage(error)}`);
      return false;
    }
  });
}

/**
 * Completed removals, and those whose reversal a kill has cut short: they are marked as restored,
 * and their file is still in quarantine.
 */
function reversible({ root, journal }: RemovalPlace): readonly Removal[] {
  const done = journal.removals('done');
  const kept = new Set(done.map(({ to }) => to));
  const cutShort = journal
    .removals('restored')
    .filter(({ to }) => to !== null && !kept.has(to) && existsSync(join(root, HOME_DIRECTORY, to)));
  return [...done, ...cutShort];
}

function isWanted({ name, version, path, sha256, size }: Removal, says: IndexSays): boolean {
  if (says.denialOf(name, version) !== undefined) return false;
  if (says.refusalBySize(name, version, size) !== undefined) return false;
  try {
    const said = says.ofPath(name, path);
    return said?.sha256 === sha256 && said.decision.isSelected;
  } catch {
    // The next reader of the index reports the error.
    return false;
  }
}
