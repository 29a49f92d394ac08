import type { ClonerOptions } from '../command/options.ts';
import { cloneIndex } from './clone-index.ts';
import type { CurrentIndex, UpdateParts } from './current-index.ts';
import { followRemote } from './follow-remote.ts';
import { endOrphans, removePartials, stateOfDirectory } from './index-directory.ts';

/** Clones the index, or makes it what the remote has. The caller holds its lock. @throws GitError or UsageError */
export async function updateIndex(options: ClonerOptions, parts: UpdateParts): Promise<CurrentIndex> {
  const isThere = stateOfDirectory(options.indexDir) === 'repository';
  await endOrphans(options.indexDir, parts.logger, parts.signal);
  removePartials(options.indexDir);
  return isThere ? followRemote(options, parts) : cloneIndex(options, parts);
}
