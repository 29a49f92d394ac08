import { lstatSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { indexShard } from '@crates-mirror/crates-index/names';
import { CodedError } from '@crates-mirror/errors';
import { makeDirectories } from '@crates-mirror/fs-atomic';
import { sha256File } from '@crates-mirror/hashing/sha256';
import { HOME_DIRECTORY } from '@crates-mirror/layout';
import type { VerifiedLedger } from '@crates-mirror/manifest/verified-ledger';
import type { JournalEntry, RemovalJournal, Restorer } from './journal.ts';
import type { Removal } from './removal.ts';

export interface RestoreDeps {
  /** Root of the mirror, or of the folder of bundles. */
  readonly root: string;
  readonly journal: RemovalJournal;
  readonly ledger: Pick<VerifiedLedger, 'remember' | 'flush'> | undefined;
}

/** The removals of a version that can be reversed, last one first. */
export function restorable(
  { root, journal }: Pick<RestoreDeps, 'root' | 'journal'>,
  name: string,
  version: string,
): readonly Removal[] {
  const found = journal.entries.filter(({ removal }) => removal.name === name && removal.version === version);
  return found
    .filter((entry) => isThere(root, entry))
    .map(({ removal }) => removal)
    .reverse();
}

/** A kill during {@link restore} leaves a file in quarantine although it is marked as restored. */
function isThere(root: string, { removal: { action, to }, state }: JournalEntry): boolean {
  if (action === 'withdraw') return state === 'done';
  if (to === null || state === 'dropped') return false;
  return lstatSync(join(root, HOME_DIRECTORY, to), { throwIfNoEntry: false })?.isFile() === true;
}

/**
 * Moves a crate file back to its place after verifying its checksum.
 *
 * @throws CodedError if its bytes have changed or another file is in its place; the system error
 */
export function restore(deps: RestoreDeps, removal: Removal, by: Restorer): void {
  const { root, journal, ledger } = deps;
  const { name, path, sha256, to } = removal;
  if (to === null) {
    journal.mark([removal], 'restored', by);
    return;
  }
  const kept = join(root, HOME_DIRECTORY, to);
  const place = join(root, path);
  if (sha256File(kept).sha256 !== sha256)
    throw new CodedError('checksum_mismatch', `${kept} does not have the SHA-256 ${sha256}: it stays there`);
  if (lstatSync(place, { throwIfNoEntry: false }) !== undefined)
    throw new CodedError('EEXIST', `${place} is there already: ${kept} stays there`);
  // Marked before the move, so that no run removes it again in between.
  journal.mark([removal], 'restored', by);
  makeDirectories(dirname(place));
  renameSync(kept, place);
  const { size, mtimeMs } = lstatSync(place);
  ledger?.remember(indexShard(name), path, size, mtimeMs, sha256);
  ledger?.flush();
}
