import { rmSync } from 'node:fs';
import { openIndex } from '@crates-mirror/crates-index';
import { errorMessage, redactCredentials, UsageError } from '@crates-mirror/errors';
import { cloneOnly, type GitOptions, packWithoutDeltas, readCommit, resetTo } from '@crates-mirror/git';
import type { ClonerOptions } from '../command/options.ts';
import { type CurrentIndex, gitOptions, IDLE_MS, type UpdateDeps } from './current-index.ts';
import { checkPlace, partialOf, placeClone } from './index-directory.ts';
import { retrying } from './retrying.ts';

/**
 * Clones the index next to its final location, and moves it there when it is complete.
 *
 * @throws GitError or UsageError
 */
export async function cloneIndex(options: ClonerOptions, deps: UpdateDeps): Promise<CurrentIndex> {
  const { indexDir, indexUrl, isFullHistory: isFull, isBare } = options;
  checkPlace(indexDir);
  const partial = partialOf(indexDir);
  const git = { ...gitOptions(indexDir, deps), directory: partial };
  deps.logger.info(`cloning ${redactCredentials(indexUrl)} into ${indexDir}`);
  try {
    await retrying(deps, async () => {
      rmSync(partial, { recursive: true, force: true });
      await cloneOnly(indexUrl, partial, { ...git, isFull, isBare, idleMs: IDLE_MS });
    });
    if (isBare) await packForReading(git, deps);
    else await resetTo('HEAD', undefined, git);
    await checkIsIndex(partial, indexUrl);
    placeClone(partial, indexDir);
  } finally {
    rmSync(partial, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
  const commit = await readCommit('HEAD', gitOptions(indexDir, deps));
  return { commit, before: undefined, repaired: new Set(), hasFiles: !isBare };
}

/** Repacks a clone so that it is faster to read. A failure is harmless. */
async function packForReading(git: GitOptions, { logger, signal }: UpdateDeps): Promise<void> {
  try {
    await packWithoutDeltas(git);
  } catch (error) {
    signal.throwIfAborted();
    logger.warn(`the clone was not packed for reading: ${errorMessage(error)}`);
  }
}

async function checkIsIndex(directory: string, indexUrl: string): Promise<void> {
  try {
    await openIndex(directory);
  } catch {
    throw new UsageError(
      `--index-url: ${redactCredentials(indexUrl)} has no index: no config.json, or no crates`,
      {
        hint: 'Name a repository like https://github.com/rust-lang/crates.io-index',
      },
    );
  }
}
