import { openIndex } from '@crates-mirror/crates-index';
import { errorMessage } from '@crates-mirror/errors';
import { type Deviation, readCommit } from '@crates-mirror/git';
import { formatCount } from '@crates-mirror/progress';
import type { ClonerOptions } from '../command/options.ts';
import { type CurrentIndex, gitOptions, type UpdateDeps } from './current-index.ts';
import { type DirectoryState, stateOfDirectory } from './index-directory.ts';
import { allDeviations } from './repairs.ts';

/**
 * Reads the index as it is, without contacting a remote or changing anything. If a run would update
 * the index, the repairs it would make are reported as a run reports them.
 */
export async function readIndex(options: ClonerOptions, deps: UpdateDeps): Promise<CurrentIndex> {
  const { indexDir, skipIndexUpdate } = options;
  const isTree = skipIndexUpdate && (await openIndex(indexDir)).location.tree !== undefined;
  const state = stateOfIndex(indexDir);
  const hasFiles = !isTree && state !== 'bare';
  const nothing = { commit: undefined, before: undefined, repaired: new Set<string>(), hasFiles };
  if (state === 'missing') return nothing;
  const git = gitOptions(indexDir, deps);
  try {
    const commit = await readCommit('HEAD', git);
    const found = commit === undefined || !hasFiles ? [] : await allDeviations(git);
    if (found.length > 0)
      deps.logger.warn(`files in ${indexDir} that are not what its commit has: ${formatCount(found.length)}`);
    const index = { commit, before: commit, hasFiles };
    if (skipIndexUpdate) return { ...index, repaired: pathsOf(found) };
    const tracked = found.filter(({ kind }) => kind !== 'untracked');
    const absent = pathsOf(tracked.filter(({ kind }) => kind === 'missing'));
    return { ...index, repaired: pathsOf(tracked), absent };
  } catch (error) {
    deps.signal.throwIfAborted();
    deps.logger.warn(`cannot determine the commit of ${indexDir}: ${errorMessage(error)}`);
    return nothing;
  }
}

function pathsOf(list: readonly Deviation[]): Set<string> {
  return new Set(list.map(({ path }) => path));
}

function stateOfIndex(indexDir: string): DirectoryState {
  try {
    return stateOfDirectory(indexDir);
  } catch {
    // A tree without git is also a valid index.
    return 'missing';
  }
}
