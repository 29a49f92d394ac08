import { UsageError } from '@crates-mirror/errors';
import type { ClonerOptions } from '../command/options.ts';
import { cloneIndex } from './clone-index.ts';
import type { CurrentIndex, UpdateDeps } from './current-index.ts';
import { followBare, followRemote } from './follow-remote.ts';
import { endOrphans, removePartials, stateOfDirectory } from './index-directory.ts';

/**
 * Clones the index or updates it to the remote. The caller holds its lock.
 *
 * @throws GitError or UsageError
 */
export async function updateIndex(options: ClonerOptions, deps: UpdateDeps): Promise<CurrentIndex> {
  const state = stateOfDirectory(options.indexDir);
  if (state === 'checkout') checkIsNotToBeBare(options);
  await endOrphans(options.indexDir, deps.logger, deps.signal);
  removePartials(options.indexDir);
  if (state === 'missing') return cloneIndex(options, deps);
  return state === 'bare' ? followBare(options, deps) : followRemote(options, deps);
}

/** @throws UsageError */
export function checkIsNotToBeBare({ indexDir, isBare }: ClonerOptions): void {
  if (!isBare) return;
  throw new UsageError(`--bare is for a new clone, and ${indexDir} has its files checked out`, {
    hint: 'Leave out --bare, or name another --index-dir',
  });
}
