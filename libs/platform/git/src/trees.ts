import { GitError } from './git-error.ts';
import { gitRecords } from './records.ts';
import { type GitOptions, git } from './run-git.ts';

/** A file that differs between two trees. */
export interface FileChange {
  /** With `/` as separator. */
  readonly path: string;
  /** Id of the blob before; undefined for an added file. */
  readonly before: string | undefined;
  /** Id of the blob after; undefined for a removed file. */
  readonly after: string | undefined;
}

const NOTHING = /^0+$/;
/** ms since the epoch. The latest time that a Date can hold. */
const LAST_DATE_MS = 8.64e15;
/** git's mode for a regular file, executable or not. */
const REGULAR = /^100/;

/**
 * Regular files that differ between two trees of a repository, in git's path order. Format:
 * git-diff-tree(1), "Raw output format".
 *
 * @throws GitError
 */
export async function* diffTrees(
  before: string,
  after: string,
  options: GitOptions,
): AsyncGenerator<FileChange> {
  const args = [
    'diff-tree',
    '-r',
    '-z',
    '--raw',
    '--no-renames',
    '--no-abbrev',
    '--no-ext-diff',
    before,
    after,
  ];
  let header: string[] | undefined;
  for await (const record of gitRecords(args, options)) {
    if (header === undefined) {
      header = record.slice(1).split(' ');
      continue;
    }
    const [modeBefore = '', modeAfter = '', idBefore = '', idAfter = ''] = header;
    header = undefined;
    const change = {
      path: record,
      before: REGULAR.test(modeBefore) && !NOTHING.test(idBefore) ? idBefore : undefined,
      after: REGULAR.test(modeAfter) && !NOTHING.test(idAfter) ? idAfter : undefined,
    };
    if (change.before !== change.after) yield change;
  }
}

/** A commit, and its tree. */
export interface Commit {
  /** Object id, in hex. */
  readonly id: string;
  readonly tree: string;
  /** Commit time, ISO 8601, UTC. */
  readonly committedAt: string;
}

/**
 * @returns undefined if the commit does not exist or is damaged
 * @throws GitError when git cannot work there
 */
export async function readCommit(revision: string, options: GitOptions): Promise<Commit | undefined> {
  const verify = ['rev-parse', '--quiet', '--verify', `${revision}^{commit}`];
  const id = (await git(verify, options).catch(nameOfNothing)).trim();
  if (id === '') return undefined;
  // Reads the object directly: git-show(1) takes forty times as long.
  const [header = ''] = (await git(['cat-file', 'commit', id], options)).split('\n\n');
  const tree = /^tree ([0-9a-f]+)$/m.exec(header)?.[1] ?? '';
  const seconds = Number(/^committer .*> (\d+) [+-]\d+$/m.exec(header)?.[1] ?? '0');
  // git accepts any number.
  const committedAt = new Date(Math.min(seconds * 1000, LAST_DATE_MS));
  return { id, tree, committedAt: committedAt.toISOString() };
}

function nameOfNothing(error: unknown): string {
  if (error instanceof GitError && ['git_failed', 'git_corrupt'].includes(error.code)) return '';
  throw error;
}

/** Whether an object is in the repository, without fetching it from a remote. */
export async function hasObject(name: string, options: GitOptions): Promise<boolean> {
  return git(['cat-file', '-e', name], options).then(
    () => true,
    () => false,
  );
}
