import { type GitOptions, keepCommit, releaseCommit } from '@crates-mirror/git';
import type { Logger } from '@crates-mirror/logging';
import type { CurrentIndex } from './current-index.ts';

/**
 * Keeps the commit that a run reads out of a repository without files: a fetch by another git, and a `git gc --prune=now` after it,
 * would otherwise take its objects away while they are read. A run that was killed leaves the reference, which the next one
 * of the same mirror moves and removes.
 *
 * @param name of the mirror, as {@link mirrorName} gives it
 * @returns what ends that
 */
export async function keepInUse(
  { commit, hasFiles }: CurrentIndex,
  name: string,
  git: GitOptions,
  logger: Logger,
): Promise<() => Promise<void>> {
  if (commit === undefined || hasFiles) return async () => {};
  const ref = `refs/crates-mirror/in-use/${name}`;
  // It may only be readable.
  const note = (error: unknown): void => logger.debug(`cannot keep ${ref}: ${(error as Error).message}`);
  await keepCommit(ref, commit.id, git).catch(note);
  return () => releaseCommit(ref, git).catch(note);
}
