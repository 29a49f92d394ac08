import { GitError } from './git-error.ts';
import { type GitOptions, git } from './run-git.ts';

/** Where a remote's HEAD is. */
export interface RemoteHead {
  /** Name of its commit, in hex. */
  readonly commit: string;
  /** The branch's full name, `refs/heads/master`; undefined where the remote does not tell. */
  readonly branch: string | undefined;
}

/** The remote that a repository follows. */
export const REMOTE = 'origin';
/** What the last fetch brought: a name of our own, whatever the repository's other remotes and branches are. */
export const FETCHED = 'refs/crates-mirror/fetched';

/** Asks a remote (a name or an address) for its HEAD. @throws GitError */
export async function remoteHead(remote: string, options: GitOptions): Promise<RemoteHead> {
  const text = await git(['ls-remote', '--symref', '--', remote, 'HEAD'], options);
  // A name that git would not give out is one that a refspec or a reference must not be made of.
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
  /** All of the history, or the last commit alone. */
  readonly isFull: boolean;
}

/**
 * Fetches the commit of a remote's HEAD, whatever was there before: the history may have been replaced. No tags, and no
 * other branch: those of snapshots hold whole histories. @throws GitError
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

/** Whether a repository's history is cut short. @throws GitError */
export async function isShallow(options: GitOptions): Promise<boolean> {
  return (await git(['rev-parse', '--is-shallow-repository'], options)).trim() === 'true';
}

/** The remote's address as it is written down, before any `insteadOf`; undefined where there is none. @throws GitError */
export async function remoteAddress(options: GitOptions): Promise<string | undefined> {
  const args = ['config', '--local', '--default', '', '--get', `remote.${REMOTE}.url`];
  const address = (await git(args, options)).replace(/\n$/, '');
  return address === '' ? undefined : address;
}
