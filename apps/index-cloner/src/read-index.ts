import { openIndex } from '@crates-mirror/crates-index';
import { errorMessage } from '@crates-mirror/errors';
import { readCommit } from '@crates-mirror/git';
import { formatCount } from '@crates-mirror/progress';
import { type CurrentIndex, gitOptions, type UpdateParts } from './current-index.ts';
import { stateOfDirectory } from './index-directory.ts';
import type { ClonerOptions } from './options.ts';
import { allDeviations } from './repairs.ts';

/** The index as it is, without asking any remote or changing anything. */
export async function readIndex(options: ClonerOptions, parts: UpdateParts): Promise<CurrentIndex> {
  const { indexDir } = options;
  openIndex(indexDir);
  const nothing = { commit: undefined, before: undefined, repaired: new Set<string>() };
  if (stateOfIndex(indexDir) !== 'repository') return nothing;
  const git = gitOptions(indexDir, parts);
  try {
    const commit = await readCommit('HEAD', git);
    const found = commit === undefined ? [] : await allDeviations(git);
    if (found.length > 0)
      parts.logger.warn(
        `files in ${indexDir} that are not what its commit has: ${formatCount(found.length)}`,
      );
    return { commit, before: commit, repaired: new Set(found.map(({ path }) => path)) };
  } catch (error) {
    parts.signal.throwIfAborted();
    parts.logger.warn(`cannot tell the commit of ${indexDir}: ${errorMessage(error)}`);
    return nothing;
  }
}

function stateOfIndex(indexDir: string): 'repository' | 'missing' {
  try {
    return stateOfDirectory(indexDir);
  } catch {
    // A tree without git is an index too.
    return 'missing';
  }
}
