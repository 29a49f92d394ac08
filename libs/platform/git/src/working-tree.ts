import { gitRecords } from './records.ts';
import { type GitOptions, git } from './run-git.ts';

/** How a path of the working tree differs from the commit. */
export interface Deviation {
  readonly path: string;
  readonly kind: 'changed' | 'missing' | 'untracked';
}

/**
 * Paths of the working tree, or of git's index, that differ from HEAD. Untracked and ignored files
 * are reported individually. Format: git-status(1), "Porcelain Format Version 1".
 *
 * @throws GitError
 */
export async function* deviations(options: GitOptions): AsyncGenerator<Deviation> {
  const args = [
    '--no-optional-locks',
    'status',
    '--porcelain=v1',
    '-z',
    '--no-renames',
    '--untracked-files=all',
    '--ignored=traditional',
    '--ignore-submodules=all',
  ];
  for await (const record of gitRecords(args, options)) {
    const state = record.slice(0, 2);
    const path = record.slice(3);
    if (state === '??' || state === '!!') yield { path, kind: 'untracked' };
    else yield { path, kind: state.includes('D') ? 'missing' : 'changed' };
  }
}

/**
 * Makes git check every file again, including those marked to be skipped: outside of a sparse
 * checkout, or assumed to be unchanged. Format: git-ls-files(1), `-v`.
 *
 * @throws GitError
 */
export async function lookAtAll(options: GitOptions): Promise<void> {
  if (!(await hasPassedOver(options))) return;
  // A new index has no such marks.
  await git(['read-tree', '--empty'], options);
  await git(['read-tree', 'HEAD'], options);
}

async function hasPassedOver(options: GitOptions): Promise<boolean> {
  for await (const record of gitRecords(['ls-files', '-v', '-z'], options))
    if (/^[a-zS] /.test(record)) return true;
  return false;
}

/** Of files that deviate from HEAD, those that also differ from `revision`. @throws GitError */
export async function differingFrom(
  revision: string,
  paths: ReadonlySet<string>,
  options: GitOptions,
): Promise<Set<string>> {
  const differing = new Set<string>();
  const args = [
    'diff',
    '--name-only',
    '-z',
    '--no-renames',
    '--no-ext-diff',
    '--ignore-submodules',
    revision,
    '--',
  ];
  for await (const path of gitRecords(args, options)) if (paths.has(path)) differing.add(path);
  return differing;
}

/**
 * Resets working tree and branch to `revision`. Untracked files stay.
 *
 * @param branch the full name of the branch to switch to; undefined for the present one
 * @throws GitError
 */
export async function resetTo(
  revision: string,
  branch: string | undefined,
  options: GitOptions,
): Promise<void> {
  if (branch !== undefined) await git(['symbolic-ref', 'HEAD', branch], options);
  await git(['reset', '--hard', revision, '--'], options);
}

/**
 * Moves the branch of a bare repository to `revision`.
 *
 * @param branch as in {@link resetTo}
 * @throws GitError
 */
export async function moveHead(
  revision: string,
  branch: string | undefined,
  options: GitOptions,
): Promise<void> {
  // The branch goes first, so that HEAD always has a commit for readers.
  await git(['update-ref', branch ?? 'HEAD', revision], options);
  if (branch !== undefined) await git(['symbolic-ref', 'HEAD', branch], options);
}
