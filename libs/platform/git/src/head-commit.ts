import { resolve } from 'node:path';
import { type Commit, readCommit } from './trees.ts';

/**
 * The commit that a checkout is at, for showing; undefined where it is no git repository, there is no git, or git will not
 * read it. A repository that `directory` merely lies inside of does not count.
 */
export async function headCommit(directory: string): Promise<Commit | undefined> {
  return readCommit('HEAD', { directory: resolve(directory) }).catch(() => undefined);
}
