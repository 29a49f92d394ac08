import { gitRecords } from './records.ts';
import { type GitOptions, git } from './run-git.ts';

/** How a path of the working tree differs from the commit. */
export interface Deviation {
  readonly path: string;
  readonly kind: 'changed' | 'missing' | 'untracked';
}

/**
 * Paths of the working tree, or of git's index, that are not what HEAD has. Untracked files are told one by one, ignored
 * ones too. Format: git-status(1), "Porcelain Format Version 1". @throws GitError
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
 * Has git look at every file again where it was told to pass over some: outside of a sparse checkout, or assumed to be
 * unchanged. Format: git-ls-files(1), `-v`. @throws GitError
 */
export async function lookAtAll(options: GitOptions): Promise<void> {
  if (!(await hasPassedOver(options))) return;
  // An index made anew has no such marks.
  await git(['read-tree', '--empty'], options);
  await git(['read-tree', 'HEAD'], options);
}

async function hasPassedOver(options: GitOptions): Promise<boolean> {
  for await (const record of gitRecords(['ls-files', '-v', '-z'], options))
    if (/^[a-zS] /.test(record)) return true;
  return false;
}

/** Of files that deviate from HEAD, those that are not what `revision` has either. @throws GitError */
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
 * Makes working tree and branch what `revision` has, whatever they were. Untracked files stay.
 *
 * @param branch the branch to be on, by its full name; undefined for the present one
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

/** Makes the branch of a bare repository what `revision` has, whatever it was. @param branch as in {@link resetTo}. @throws GitError */
export async function moveHead(
  revision: string,
  branch: string | undefined,
  options: GitOptions,
): Promise<void> {
  // First the branch: at every moment HEAD has a commit for those who read it.
  await git(['update-ref', branch ?? 'HEAD', revision], options);
  if (branch !== undefined) await git(['symbolic-ref', 'HEAD', branch], options);
}
