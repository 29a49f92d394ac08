import { resolve } from 'node:path';
import { type Commit, readCommit } from './trees.ts';

/**
 * The commit of a checkout, for display; undefined if it is not a git repository, git is missing,
 * or git refuses to read it. A repository that merely contains `directory` does not count.
 */
export async function headCommit(directory: string): Promise<Commit | undefined> {
  return readCommit('HEAD', { directory: resolve(directory) }).catch(() => undefined);
}
