import { basename, dirname } from 'node:path';
import { takeAsItIs } from './attributes.ts';
import { FETCHED, noCommit } from './remote.ts';
import { type GitOptions, git } from './run-git.ts';
import { readCommit } from './trees.ts';

/**
 * Settings stored in a clone, so that other git commands run in it also leave the content
 * unchanged.
 */
const LASTING: readonly string[] = [
  'core.logAllRefUpdates=false',
  'core.autocrlf=false',
  'core.symlinks=false',
  'gc.auto=0',
];

/** For a repository whose objects are read one by one; see {@link packWithoutDeltas}. */
const WITHOUT_DELTAS: readonly string[] = ['pack.window=0'];

export interface CloneOptions extends GitOptions {
  /** Whether to fetch all of the history, or only the last commit. */
  readonly isFull: boolean;
  /** Whether the repository never has a working tree. */
  readonly isBare: boolean;
}

/**
 * Clones the branch of a remote's HEAD, without its tags, hooks from templates, or submodules, and
 * without a checkout. Runs in the parent of `target`.
 *
 * @throws GitError
 */
export async function cloneOnly(
  address: string,
  target: string,
  { isFull, isBare, ...options }: CloneOptions,
): Promise<void> {
  await git(
    [
      'clone',
      '--progress',
      isBare ? '--bare' : '--no-checkout',
      '--single-branch',
      '--no-tags',
      '--no-local',
      '--template=',
      ...(isFull ? [] : ['--depth=1']),
      ...[...LASTING, ...(isBare ? WITHOUT_DELTAS : [])].flatMap((setting) => ['--config', setting]),
      '--',
      address,
      basename(target),
    ],
    { ...options, directory: dirname(target) },
  );
  const inside = { ...options, directory: target };
  if (!isBare) await takeAsItIs(inside);
  const head = await readCommit('HEAD', inside);
  if (head === undefined) throw noCommit('');
  await git(['update-ref', FETCHED, head.id], inside);
}
