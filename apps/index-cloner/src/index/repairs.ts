import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { isIndexFilePath } from '@crates-mirror/crates-index';
import { type Deviation, deviations, differingFrom, FETCHED, type GitOptions } from '@crates-mirror/git';
import type { Logger } from '@crates-mirror/logging';
import { formatCount } from '@crates-mirror/progress';

const MAX_SHOWN = 5;

/** All differences between a working tree and its commit. @throws GitError */
export async function allDeviations(git: GitOptions): Promise<Deviation[]> {
  const list: Deviation[] = [];
  for await (const deviation of deviations(git)) list.push(deviation);
  return list;
}

/**
 * Files that match neither HEAD nor the fetched commit. Files that match the latter come from an
 * interrupted update.
 */
export async function ownChanges(found: readonly Deviation[], git: GitOptions): Promise<Deviation[]> {
  const tracked = found.filter(({ kind }) => kind !== 'untracked');
  if (tracked.length === 0) return [];
  const paths = new Set(tracked.map(({ path }) => path));
  const differing = await differingFrom(FETCHED, paths, git);
  return tracked.filter(({ path }) => differing.has(path));
}

/**
 * Removes files that a walk over the index would mistake for index files. Other files are left
 * alone.
 */
export async function removeForeign(indexDir: string, git: GitOptions): Promise<Deviation[]> {
  const foreign: Deviation[] = [];
  for await (const deviation of deviations(git)) {
    if (deviation.kind === 'untracked' && isRemovable(deviation.path)) foreign.push(deviation);
  }
  for (const { path } of foreign) rmSync(join(indexDir, path), { force: true });
  return foreign;
}

/**
 * The bytes of a name that is not UTF-8 are no longer known. Such a file is left to the walk, which
 * reports it.
 */
function isRemovable(path: string): boolean {
  return isIndexFilePath(path) && !path.includes('\ufffd');
}

/** Logs the repairs. */
export function reportRepairs(repaired: readonly Deviation[], indexDir: string, logger: Logger): void {
  if (repaired.length === 0) return;
  const count = (kind: Deviation['kind']): string =>
    formatCount(repaired.filter((deviation) => deviation.kind === kind).length);
  const names = repaired.slice(0, MAX_SHOWN).map(({ path }) => path);
  const more = repaired.length > MAX_SHOWN ? ', …' : '';
  logger.warn(
    `put right in ${indexDir}: ${count('changed')} changed, ${count('missing')} missing, ${count('untracked')} foreign files (${names.join(', ')}${more})`,
  );
  for (const { path, kind } of repaired) logger.debug({ path }, `was ${kind}`);
}
