import { basename, dirname } from 'node:path';
import { takeAsItIs } from './attributes.ts';
import { FETCHED, noCommit } from './remote.ts';
import { type GitOptions, git } from './run-git.ts';
import { readCommit } from './trees.ts';

/** What a clone remembers, so that other gits that work in it leave it alone too. */
const LASTING: readonly string[] = [
  'core.logAllRefUpdates=false',
  'core.autocrlf=false',
  'core.symlinks=false',
  'gc.auto=0',
];

/** For a repository whose objects are read one by one, see {@link packWithoutDeltas}. */
const WITHOUT_DELTAS: readonly string[] = ['pack.window=0'];

export interface CloneOptions extends GitOptions {
  /** All of the history, or the last commit alone. */
  readonly isFull: boolean;
  /** A repository that never has a working tree. */
  readonly isBare: boolean;
}

/**
 * Clones the branch that a remote's HEAD is on, without its tags, hooks from templates, or submodules, and checks nothing
 * out yet. Runs in the parent of `target`. @throws GitError
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
