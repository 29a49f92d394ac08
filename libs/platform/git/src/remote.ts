import { GitError } from './git-error.ts';
import { type GitOptions, git } from './run-git.ts';

/** The HEAD of a remote. */
export interface RemoteHead {
  /** Id of its commit, in hex. */
  readonly commit: string;
  /** The branch's full name, `refs/heads/master`; undefined if the remote does not report it. */
  readonly branch: string | undefined;
}

/** The remote that a repository follows. */
export const REMOTE = 'origin';
/**
 * The result of the last fetch, under a name of our own that cannot clash with other remotes and
 * branches.
 */
export const FETCHED = 'refs/crates-mirror/fetched';

/** Queries a remote (a name or an address) for its HEAD. @throws GitError */
export async function remoteHead(remote: string, options: GitOptions): Promise<RemoteHead> {
  const text = await git(['ls-remote', '--symref', '--', remote, 'HEAD'], options);
  // A name that git would not create must not be used in a refspec or reference.
  const branch = /^ref: (refs\/heads\/(?!\S*\.\.)[^\s:?*[\\^~]+)\tHEAD$/m.exec(text)?.[1];
  const commit = /^([0-9a-f]{40,64})\tHEAD$/m.exec(text)?.[1];
  if (commit === undefined) throw noCommit(text);
  return { commit, branch };
}

/** @param said git's messages */
export function noCommit(said: string): GitError {
  return new GitError('git_empty', 'the remote has no commit yet, or none that its HEAD names', said);
}

export interface FetchOptions extends GitOptions {
  /** Whether to fetch all of the history, or only the last commit. */
  readonly isFull: boolean;
}

/**
 * Fetches the commit of a remote's HEAD, even if the history has been replaced. Fetches no tags and
 * no other branches: those of snapshots hold whole histories.
 *
 * @throws GitError
 */
export async function fetchHead({ branch }: RemoteHead, options: FetchOptions): Promise<void> {
  const full = (await isShallow(options)) ? ['--unshallow'] : [];
  const depth = options.isFull ? full : ['--depth=1'];
  await git(
    [
      'fetch',
      '--progress',
      '--no-tags',
      '--no-recurse-submodules',
      '--update-shallow',
      ...depth,
      '--',
      REMOTE,
      `+${branch ?? 'HEAD'}:${FETCHED}`,
    ],
    options,
  );
}

/** Whether a repository is a shallow clone. @throws GitError */
export async function isShallow(options: GitOptions): Promise<boolean> {
  return (await git(['rev-parse', '--is-shallow-repository'], options)).trim() === 'true';
}

/**
 * The remote's configured address, before any `insteadOf`; undefined if there is none.
 *
 * @throws GitError
 */
export async function remoteAddress(options: GitOptions): Promise<string | undefined> {
  const args = ['config', '--local', '--default', '', '--get', `remote.${REMOTE}.url`];
  const address = (await git(args, options)).replace(/\n$/, '');
  return address === '' ? undefined : address;
}
