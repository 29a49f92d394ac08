import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { openIndexAt } from '@crates-mirror/crates-index/source';
import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import { mirrorHome } from '@crates-mirror/layout/mirror-home';
import type { SelectionData } from '@crates-mirror/selection/selector';
import type { Plan } from '../plan/work.ts';
import type { RemovalDeps, Removals } from './removals.ts';

export type { Removals } from './removals.ts';

/**
 * Must be called before anything is mirrored.
 *
 * @returns undefined for a run that removes nothing, of a mirror that nothing was removed from;
 *   such a run loads no removal code
 */
export async function beginRemovals(
  { index }: Pick<Plan, 'index'>,
  selection: SelectionData,
  deps: Omit<RemovalDeps, 'index' | 'selection'>,
): Promise<Removals | undefined> {
  const { options } = deps;
  if (options.removals.action === 'keep' && !hasJournal(options)) return undefined;
  const [{ Removals }, { Selection }] = await Promise.all([
    import('./removals.ts'),
    import('@crates-mirror/selection'),
  ]);
  const removals = new Removals({
    ...deps,
    selection: new Selection(selection),
    index: index && (await openIndexAt(index)),
  });
  removals.begin();
  return removals;
}

function hasJournal({ out, bundle }: DownloaderOptions): boolean {
  const roots = [out, ...(bundle === undefined ? [] : [bundle.directory])];
  return roots.some((root) => existsSync(mirrorHome(resolve(root)).removalsFile));
}
