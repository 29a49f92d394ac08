import { GitError } from './git-error.ts';
import { type GitOptions, git } from './run-git.ts';

/** The first git that supports all the options used here. */
export const OLDEST_GIT = '2.25';

/** @throws GitError if git is missing or too old */
export async function checkGit(options: GitOptions): Promise<void> {
  const said = (await git(['version'], options)).trim();
  const [, version = said] = /^git version (\S+)/.exec(said) ?? [];
  if (isOlder(version, OLDEST_GIT)) throw new GitError('git_missing', `git ${version} is too old`, said);
}

function isOlder(version: string, other: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [otherMajor = 0, otherMinor = 0] = other.split('.').map(Number);
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}
