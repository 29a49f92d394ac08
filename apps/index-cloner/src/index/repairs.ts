import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { isIndexFilePath } from '@crates-mirror/crates-index';
import { type Deviation, deviations, differingFrom, FETCHED, type GitOptions } from '@crates-mirror/git';
import type { Logger } from '@crates-mirror/logging';
import { formatCount } from '@crates-mirror/progress';

const MAX_SHOWN = 5;

/** All that a working tree has otherwise than its commit. @throws GitError */
export async function allDeviations(git: GitOptions): Promise<Deviation[]> {
  const list: Deviation[] = [];
  for await (const deviation of deviations(git)) list.push(deviation);
  return list;
}

/** Files that are neither what HEAD has nor what was fetched: the latter are of an update that was cut short. */
export async function ownChanges(found: readonly Deviation[], git: GitOptions): Promise<Deviation[]> {
  const tracked = found.filter(({ kind }) => kind !== 'untracked');
  if (tracked.length === 0) return [];
  const paths = new Set(tracked.map(({ path }) => path));
  const differing = await differingFrom(FETCHED, paths, git);
  return tracked.filter(({ path }) => differing.has(path));
}

/** Removes files that a walk over the index would take for its own. What else is there stays. */
export async function removeForeign(indexDir: string, git: GitOptions): Promise<Deviation[]> {
  const foreign: Deviation[] = [];
  for await (const deviation of deviations(git)) {
    if (deviation.kind === 'untracked' && isRemovable(deviation.path)) foreign.push(deviation);
  }
  for (const { path } of foreign) rmSync(join(indexDir, path), { force: true });
  return foreign;
}

/** Of a name that is not UTF-8 nobody has the bytes any more: such a file is left to the walk, which tells of it. */
function isRemovable(path: string): boolean {
  return isIndexFilePath(path) && !path.includes('\ufffd');
}

/** Tells what was put right. */
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
