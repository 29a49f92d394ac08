import { type GitOptions, git } from './run-git.ts';

/** Packs beyond which a repository is packed anew: one comes with each fetch. */
const MAX_PACKS = 50;

/** Keeps a commit, and what it holds, from being removed. @throws GitError */
export async function keepCommit(ref: string, commit: string, options: GitOptions): Promise<void> {
  await git(['update-ref', ref, commit], options);
}

/** Lets go of a commit that was kept by a reference of this name. @throws GitError */
export async function releaseCommit(ref: string, options: GitOptions): Promise<void> {
  await git(['update-ref', '-d', ref], options);
}

/** Packs the repository anew where it has become many packs, and removes what nothing names. @throws GitError */
export async function packIfDue(options: GitOptions): Promise<void> {
  await git(
    [
      '-c',
      `gc.autoPackLimit=${MAX_PACKS}`,
      // The last value counts: it is off everywhere else.
      '-c',
      'gc.auto=6700',
      '-c',
      'gc.autoDetach=false',
      // What is no longer named would otherwise become a loose file each for two weeks.
      '-c',
      'gc.pruneExpire=1.day.ago',
      'gc',
      '--auto',
    ],
    options,
  );
}

/**
 * Packs the repository anew, each object as a whole. That takes 5 % more room, as there are hardly two versions of one file, and
 * reading all of them takes half the time: none has to be put together from others. @throws GitError
 */
export async function packWithoutDeltas(options: GitOptions): Promise<void> {
  await git(['repack', '-a', '-d', '-f', '-q', '--window=0'], options);
}
