import { type GitOptions, keepCommit, releaseCommit } from '@crates-mirror/git';
import type { Logger } from '@crates-mirror/logging';
import type { CurrentIndex } from './current-index.ts';

/**
 * Keeps the commit that a run reads from a repository without files. Otherwise a fetch by another
 * git, followed by `git gc --prune=now`, would delete its objects while they are being read. A
 * killed run leaves the reference behind; the next run of the same mirror moves and removes it.
 *
 * @param name name of the mirror, from {@link mirrorName}
 * @returns a function that removes the reference
 */
export async function keepInUse(
  { commit, hasFiles }: CurrentIndex,
  name: string,
  git: GitOptions,
  logger: Logger,
): Promise<() => Promise<void>> {
  if (commit === undefined || hasFiles) return async () => {};
  const ref = `refs/crates-mirror/in-use/${name}`;
  // The repository may be read-only.
  const note = (error: unknown): void => logger.debug(`cannot keep ${ref}: ${(error as Error).message}`);
  await keepCommit(ref, commit.id, git).catch(note);
  return () => releaseCommit(ref, git).catch(note);
}
