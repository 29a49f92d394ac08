import { type GitOptions, git } from './run-git.ts';

/** A repository with more packs is repacked: each fetch adds one. */
const MAX_PACKS = 50;

/** Protects a commit and its objects from being pruned. @throws GitError */
export async function keepCommit(ref: string, commit: string, options: GitOptions): Promise<void> {
  await git(['update-ref', ref, commit], options);
}

/** Releases a commit that was kept by a reference of this name. @throws GitError */
export async function releaseCommit(ref: string, options: GitOptions): Promise<void> {
  await git(['update-ref', '-d', ref], options);
}

/**
 * Repacks the repository if it has too many packs, and prunes unreachable objects.
 *
 * @throws GitError
 */
export async function packIfDue(options: GitOptions): Promise<void> {
  await git(
    [
      '-c',
      `gc.autoPackLimit=${MAX_PACKS}`,
      // The last value wins: everywhere else this is off.
      '-c',
      'gc.auto=6700',
      '-c',
      'gc.autoDetach=false',
      // Unreachable objects would otherwise become loose files for two weeks.
      '-c',
      'gc.pruneExpire=1.day.ago',
      'gc',
      '--auto',
    ],
    options,
  );
}

/**
 * Repacks the repository without deltas. That takes 5 % more space, as there are hardly two
 * versions of any file, and halves the time to read all objects: none has to be assembled from
 * others.
 *
 * @throws GitError
 */
export async function packWithoutDeltas(options: GitOptions): Promise<void> {
  await git(['repack', '-a', '-d', '-f', '-q', '--window=0'], options);
}
