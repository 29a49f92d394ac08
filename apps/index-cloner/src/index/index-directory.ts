import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  readdirSync,
  realpathSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode, errorMessage, oneLine, UsageError } from '@crates-mirror/errors';
import { type Lock, partialName, remainderOf, renameNew } from '@crates-mirror/fs-atomic';
import { gitsIn, lockFiles, orphanedGits, removeLeftovers } from '@crates-mirror/git';
import { findRepository } from '@crates-mirror/git-objects/find';
import { lockHome } from '@crates-mirror/layout';
import type { Logger } from '@crates-mirror/logging';

/** How long to wait for another git, in ms. */
const PATIENCE_MS = 60_000;
const POLL_MS = 200;
/** How long an orphaned git may take to end before it is killed, in ms. */
const ORPHAN_MS = 3000;

/** The canonical name of a directory, with links resolved, whether it exists or not. */
export function realPath(directory: string): string {
  const path = resolve(directory);
  return existsSync(path) ? realpathSync(path) : path;
}

/**
 * Locks the index for this run, because an update changes it under its readers.
 *
 * @throws UsageError
 */
export function lockIndex(indexDir: string): Lock {
  const path = realPath(indexDir);
  try {
    // The lock is next to the index, and so is an incomplete clone.
    accessSync(dirname(path), constants.W_OK);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT')
      throw new UsageError(
        `--index-dir: cannot write to ${dirname(path)}, where a lock is kept beside ${basename(path)}: ${errorMessage(error)}`,
        { hint: 'Name a directory inside one that can be written to' },
      );
  }
  return lockHome(indexDir, '--index-dir', `${path}.lock`);
}

/**
 * What exists at the location of an index: a clone with or without a working tree, or nothing yet.
 */
export type DirectoryState = 'checkout' | 'bare' | 'missing';

/** @throws UsageError when it exists and is not a repository */
export function stateOfDirectory(indexDir: string): DirectoryState {
  let names: string[];
  try {
    names = readdirSync(indexDir);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'missing';
    const why = errorCode(error) === 'ENOTDIR' ? 'it is a file' : errorMessage(error);
    throw new UsageError(`--index-dir: cannot use ${indexDir}: ${why}`);
  }
  if (names.includes('.git')) return 'checkout';
  if (names.length === 0) return 'missing';
  if (findRepository(indexDir)?.kind === 'bare') return 'bare';
  throw new UsageError(`--index-dir: ${indexDir} is there already, and is no git repository`, {
    hint: 'Name another directory, or give --skip-index-update to take it as it is',
  });
}

/** The path of an incomplete clone. */
export function partialOf(indexDir: string): string {
  return partialName(realPath(indexDir));
}

/**
 * Ends git processes of a killed run. Without its parent, a git may wait for the network forever.
 * The caller holds the lock.
 */
export async function endOrphans(indexDir: string, logger: Logger, signal: AbortSignal): Promise<void> {
  const purpose = realPath(indexDir);
  const since = performance.now();
  for (let orphans = orphanedGits(purpose); orphans.length > 0; orphans = orphanedGits(purpose)) {
    const waited = performance.now() - since;
    // A process that survives SIGKILL is stuck in the kernel. It is then waited for like any other
    // git.
    if (waited > 2 * ORPHAN_MS) return;
    const isPatient = waited < ORPHAN_MS;
    for (const { pid, command } of orphans) {
      logger.debug({ pid, command: oneLine(command) }, 'ending a git of a run that is no more');
      end(pid, isPatient ? 'SIGTERM' : 'SIGKILL');
    }
    await sleep(POLL_MS, undefined, { signal });
  }
}

function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}

/** Removes clones of killed runs. The caller holds the lock. */
export function removePartials(indexDir: string): void {
  const path = realPath(indexDir);
  for (const name of readdirSync(dirname(path))) {
    if (remainderOf(name) !== basename(path)) continue;
    // An orphaned git may still write there for a moment.
    rmSync(join(dirname(path), name), { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

const MOUNT_POINT = { hint: 'It is a mount point: name a directory inside of it' };

/** Fails before anything is fetched. @throws UsageError when a clone cannot be created there */
export function checkPlace(indexDir: string): void {
  const path = realPath(indexDir);
  const present = lstatSync(path, { throwIfNoEntry: false });
  if (present === undefined) return;
  if (present.isSymbolicLink())
    throw new UsageError(`--index-dir: ${indexDir} is a link to nowhere`, { hint: 'Name a directory' });
  if (present.dev !== statSync(dirname(path)).dev)
    throw new UsageError(`--index-dir: a clone cannot take the place of ${indexDir}`, MOUNT_POINT);
}

/** Moves a complete clone to its final name. @throws UsageError */
export function placeClone(partial: string, indexDir: string): void {
  const path = realPath(indexDir);
  try {
    if (existsSync(path)) rmdirSync(path);
    renameNew(partial, path);
  } catch (error) {
    throw new UsageError(
      `--index-dir: cannot put the clone in place of ${indexDir}: ${errorMessage(error)}`,
      errorCode(error) === 'EBUSY' ? MOUNT_POINT : {},
    );
  }
}

/**
 * Ensures that no other git is working in a repository, and removes the lock files of a killed one.
 *
 * @param isBare whether the directory is the repository itself
 * @throws UsageError when another git is running and does not end
 */
export async function awaitRepository(
  indexDir: string,
  isBare: boolean,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const path = realPath(indexDir);
  const gitDirectory = isBare ? path : join(path, '.git');
  const until = performance.now() + PATIENCE_MS;
  for (let isReported = false; ; isReported = true) {
    const gits = gitsIn(path);
    if (gits === undefined) return refuseLocks(gitDirectory, indexDir);
    const [other] = gits;
    if (other === undefined) break;
    if (!isReported)
      logger.info(`waiting for another git in ${indexDir} (process ${other.pid}: ${oneLine(other.command)})`);
    if (performance.now() > until)
      throw new UsageError(`another git (process ${other.pid}: ${other.command}) is working in ${indexDir}`, {
        hint: 'Wait for it and run again',
      });
    await sleep(POLL_MS, undefined, { signal });
  }
  const removed = removeLeftovers(gitDirectory);
  if (removed.length > 0)
    logger.info(
      `removed what a git that was killed had left: ${removed.map((file) => basename(file)).join(', ')}`,
    );
}

/** If running processes cannot be listed, an existing lock is taken at face value. */
function refuseLocks(gitDirectory: string, indexDir: string): void {
  const [lock] = lockFiles(gitDirectory);
  if (lock !== undefined)
    throw new UsageError(`another git is working in ${indexDir}: there is ${lock}`, {
      hint: 'Wait for it, or remove that file if you are sure that no git is running',
    });
}
