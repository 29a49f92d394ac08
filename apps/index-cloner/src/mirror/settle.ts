import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { ExitCode } from '@crates-mirror/cli';
import { type Commit, type GitOptions, keepCommit } from '@crates-mirror/git';
import type { Logger } from '@crates-mirror/logging';
import { readRetryFile } from './selection.ts';
import { type ClonerHome, clonerHome, type MirrorState, type RetryEntry, writeState } from './state.ts';

/** So many failures are no exceptions: the next run looks at everything again. */
const MAX_RETRIES = 10_000;

/** How a downloader ended. */
export interface Ending {
  readonly code: number;
  /** Whether it was told to say what to try again. */
  readonly tellsRetries: boolean;
}

/**
 * What is not settled after a run; undefined when it did not get to its end, so that nobody can tell.
 *
 * @param before the ledger of the last run
 * @param local what is unsettled whatever the downloader says
 */
export function unsettled(
  { code, tellsRetries }: Ending,
  { retryFile }: Pick<ClonerHome, 'retryFile'>,
  before: readonly RetryEntry[],
  local: readonly RetryEntry[],
): RetryEntry[] | undefined {
  if (!tellsRetries) return code === ExitCode.done ? [...local] : undefined;
  // It is there only after a run that looked at everything it was to look at.
  if ((code !== ExitCode.done && code !== ExitCode.failed) || !existsSync(retryFile)) return undefined;
  const entries = [...readRetryFile(retryFile, before, Date.now()), ...local];
  return entries.length > MAX_RETRIES ? undefined : entries;
}

/** Where the cursor goes. */
export interface Cursor extends Pick<MirrorState, 'settings' | 'outcome' | 'retry'> {
  readonly commit: Commit;
}

/** Moves the cursor, once all that it stands for is on disk. */
export async function moveCursor(
  mirror: string,
  { commit, ...rest }: Cursor,
  git: GitOptions,
  logger: Logger,
): Promise<void> {
  flush(mirror);
  // The next run compares with this tree, whatever becomes of the history.
  await keepCommit(`refs/crates-mirror/mirrored/${mirrorName(mirror)}`, commit.id, git).catch(
    (error: unknown) => {
      logger.debug(`cannot keep ${commit.id} in the clone: ${(error as Error).message}`);
    },
  );
  const finished_at = new Date().toISOString();
  writeState(clonerHome(mirror).stateFile, { commit: commit.id, tree: commit.tree, finished_at, ...rest });
}

/** Loose files are not flushed one by one, and after a power cut no run would look at those that were lost. */
function flush(mirror: string): void {
  // syncfs(2), which Node has not; elsewhere than on Linux it is sync(2).
  const { status } = spawnSync('sync', ['-f', mirror], { stdio: 'ignore' });
  if (status !== 0) spawnSync('sync', { stdio: 'ignore' });
}

/** Several mirrors may be made from one clone: a name for references that are one mirror's. */
export function mirrorName(mirror: string): string {
  return createHash('sha256').update(realpathSync(mirror)).digest('hex').slice(0, 16);
}
