import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { ExitCode } from '@crates-mirror/cli';
import { type Commit, type GitOptions, keepCommit } from '@crates-mirror/git';
import type { Logger } from '@crates-mirror/logging';
import { readRetryFile } from './selection.ts';
import { type ClonerHome, clonerHome, type MirrorState, type RetryEntry, writeState } from './state.ts';

/** With more failures than this, the next run checks everything again. */
const MAX_RETRIES = 10_000;

/** How the downloader ended. */
export interface Ending {
  readonly code: number;
  /** Whether it was asked to write a retry list. */
  readonly reportsRetries: boolean;
}

/**
 * Returns the crates to retry after a run; undefined if the run did not complete, since they are
 * unknown then.
 *
 * @param before the ledger of the last run
 * @param local entries to retry regardless of the downloader's result
 */
export function cratesToRetry(
  { code, reportsRetries }: Ending,
  { retryFile }: Pick<ClonerHome, 'retryFile'>,
  before: readonly RetryEntry[],
  local: readonly RetryEntry[],
): RetryEntry[] | undefined {
  if (!reportsRetries) return code === ExitCode.done ? [...local] : undefined;
  // The list exists only after a run that checked everything in its plan.
  if ((code !== ExitCode.done && code !== ExitCode.failed) || !existsSync(retryFile)) return undefined;
  const entries = [...readRetryFile(retryFile, before, Date.now()), ...local];
  return entries.length > MAX_RETRIES ? undefined : entries;
}

/** The new position of the cursor. */
export interface Cursor extends Pick<MirrorState, 'settings' | 'outcome' | 'retry'> {
  readonly commit: Commit;
}

/** Moves the cursor, after everything it stands for is on disk. */
export async function moveCursor(
  mirror: string,
  { commit, ...rest }: Cursor,
  git: GitOptions,
  logger: Logger,
): Promise<void> {
  flush(mirror);
  // The next run compares with this tree, whatever happens to the history.
  await keepCommit(`refs/crates-mirror/mirrored/${mirrorName(mirror)}`, commit.id, git).catch(
    (error: unknown) => {
      logger.debug(`cannot keep ${commit.id} in the clone: ${(error as Error).message}`);
    },
  );
  const finished_at = new Date().toISOString();
  writeState(clonerHome(mirror).stateFile, { commit: commit.id, tree: commit.tree, finished_at, ...rest });
}

/**
 * Loose files are not flushed individually. Without this, files lost in a power failure would never
 * be checked again.
 */
function flush(mirror: string): void {
  // syncfs(2), which Node lacks; on systems other than Linux, sync(2).
  const { status } = spawnSync('sync', ['-f', mirror], { stdio: 'ignore' });
  if (status !== 0) spawnSync('sync', { stdio: 'ignore' });
}

/**
 * The name for references that belong to one mirror. Several mirrors may be made from one clone.
 */
export function mirrorName(mirror: string): string {
  return createHash('sha256').update(realpathSync(mirror)).digest('hex').slice(0, 16);
}
