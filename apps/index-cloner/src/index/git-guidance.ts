import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { CodedError, UsageError } from '@crates-mirror/errors';
import { GitError, type GitFailure, OLDEST_GIT } from '@crates-mirror/git';

/** Advice for the operator on each failure of git. */
const HINTS: Readonly<Record<GitFailure, (indexDir: string) => string>> = {
  git_missing: () =>
    `Install git ${OLDEST_GIT} or later, or give --skip-index-update to take the index as it is. The container image has no git: have another container update the index, as contrib/container shows`,
  git_network: (indexDir) =>
    existsSync(indexDir)
      ? 'Check the network and run again; --skip-index-update mirrors from the index as it is'
      : 'Check the network and run again',
  git_refused: () => 'Check --index-url, and whether you are let in there',
  git_empty: () => 'Check --index-url; if it is right, wait for a commit there and run again',
  git_locked: (indexDir) =>
    `Wait for the git that works in ${indexDir}; if there is none, remove the lock file it names, and run again`,
  git_not_owned: (indexDir) =>
    `Run as the owner of ${indexDir}, or allow it: git config --global --add safe.directory ${resolve(indexDir)}`,
  git_no_permission: (indexDir) => `Run as the owner of ${indexDir}, or let this user write there`,
  git_no_space: () => 'Free some space and run again',
  git_corrupt: cloneAnew,
  git_failed: cloneAnew,
};

function cloneAnew(indexDir: string): string {
  return existsSync(indexDir)
    ? `If it stays so, move ${indexDir} away and run again: it is cloned anew`
    : 'Check --index-url and run again';
}

/** Failures caused by wrong arguments or setup, after which nothing was modified. */
const USAGE: ReadonlySet<GitFailure> = new Set(['git_missing', 'git_locked', 'git_not_owned']);

/** Describes a failure of git for its operator; returns any other error unchanged. */
export function explain(error: unknown, indexDir: string): unknown {
  if (!(error instanceof GitError)) return error;
  const options = { hint: HINTS[error.code](indexDir), cause: error };
  const message = `index ${indexDir}: ${error.message}`;
  return USAGE.has(error.code)
    ? new UsageError(message, options)
    : new CodedError(error.code, message, options);
}
