import { rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { ExitCode } from '@crates-mirror/cli';
import type { Lock } from '@crates-mirror/fs-atomic';
import { checkGit, packIfDue } from '@crates-mirror/git';
import { checkMarker, lockHome, parseLayout, requireExisting } from '@crates-mirror/layout';
import type { Logger } from '@crates-mirror/logging';
import { type Run, withRun } from '@crates-mirror/tool-run';
import { ChangesFile } from './changes/changes-file.ts';
import type { ClonerOptions, DownloaderCall } from './command/options.ts';
import type { CurrentIndex, UpdateDeps } from './index/current-index.ts';
import { explain } from './index/git-guidance.ts';
import { GitProgress } from './index/git-progress.ts';
import { keepInUse } from './index/in-use.ts';
import { lockIndex, realPath } from './index/index-directory.ts';
import { readIndex } from './index/read-index.ts';
import { updateIndex } from './index/update-index.ts';
import { mirrorName } from './mirror/cursor.ts';
import { type Executable, findDownloader } from './mirror/downloader-process.ts';
import { dryRun } from './mirror/dry-run.ts';
import { type Comparison, compareWithLast } from './mirror/last-run.ts';
import { mirrorIndex } from './mirror/mirror-index.ts';
import type { RunDeps } from './mirror/run-deps.ts';
import { clonerHome, type MirrorState, readState } from './mirror/state.ts';
import { reportJson, reportText } from './mirror/summary.ts';

/**
 * Runs the index update, then the mirror.
 *
 * @returns the exit code
 * @throws UsageError before anything is modified
 */
export async function run(options: ClonerOptions): Promise<number> {
  const { indexOnly, outputDir, downloader } = options;
  if (!indexOnly) checkMirror(outputDir, downloader.options);
  const executable = indexOnly ? undefined : findDownloader(downloader.path);
  return withRun({ tool: 'index-cloner', ...downloader.options }, (run) => clone(options, executable, run));
}

async function clone(options: ClonerOptions, executable: Executable | undefined, run: Run): Promise<number> {
  const { indexDir, backoff, downloader } = options;
  const { logger } = run;
  const requested = run.listen((signal) => logger.info(`${signal}: stopping; once more stops at once`));
  const progress = new GitProgress(run.status, logger, downloader.options.progressInterval);
  const update = { backoff, logger, signal: requested, onProgress: progress.show };
  const deps = { logger, requested, stopListening: () => run.stopListening(), update, executable };
  try {
    if (options.isDryRun) return await dryRun(options, { ...deps, state: lastState(options) });
    return await lockedRun(options, deps, progress);
  } catch (error) {
    progress.clear();
    if (!requested.aborted) throw explain(error, indexDir);
    logger.info('interrupted; the next run goes on from here');
    return ExitCode.interrupted;
  }
}

/**
 * Rejects everything that the downloader would reject, before the index is fetched for it.
 *
 * @throws UsageError
 */
function checkMirror(outputDir: string, options: DownloaderCall['options']): void {
  checkMarker(outputDir, parseLayout(options.layout));
  // The local directory of a mirror in an object store may be lost.
  if (!options.requireExisting || options.bucket !== undefined) return;
  requireExisting(outputDir, '--output-dir');
  if (options.bundle !== undefined) requireExisting(options.bundle.directory, '--bundles-out');
}

async function lockedRun(
  options: ClonerOptions,
  unlocked: Omit<RunDeps, 'state'>,
  progress: GitProgress,
): Promise<number> {
  if (!options.skipIndexUpdate) await checkGit({ directory: process.cwd() });
  const changesFile = options.changesOut === undefined ? undefined : new ChangesFile(options.changesOut);
  const locks: Lock[] = [];
  let release = async (): Promise<void> => {};
  try {
    const leaveMirror = takeLocks(options, locks);
    // Read after locking, because another run may have moved the cursor a moment ago.
    const deps = { ...unlocked, leaveMirror, state: lastState(options) };
    const index = await currentIndex(options, deps.update);
    if (!options.indexOnly) release = await keepForRun(options, index, deps.logger);
    const comparison = await compareWithLast(index, options, deps, changesFile);
    progress.clear();
    changesFile?.commit();
    return options.indexOnly
      ? report(options, index, comparison)
      : await mirrorIndex(options, deps, { index, comparison });
  } finally {
    changesFile?.discard();
    await release();
    for (const lock of locks.splice(0)) lock.release();
    if (!options.indexOnly) removeIfEmpty(options.outputDir);
  }
}

function keepForRun(
  { indexDir, outputDir }: ClonerOptions,
  index: CurrentIndex,
  logger: Logger,
): Promise<() => Promise<void>> {
  return keepInUse(index, mirrorName(outputDir), { directory: realPath(indexDir) }, logger);
}

function lastState({ indexOnly, outputDir }: ClonerOptions): MirrorState | undefined {
  return indexOnly ? undefined : readState(clonerHome(outputDir).stateFile);
}

/**
 * @param locks receives each lock as it is taken
 * @returns a function that releases the mirror's own lock before the others
 */
function takeLocks(
  { indexOnly, skipIndexUpdate, indexDir, outputDir }: ClonerOptions,
  locks: Lock[],
): () => void {
  let mirror: Lock | undefined;
  if (!indexOnly) {
    locks.push(lockHome(outputDir, '--output-dir', clonerHome(outputDir).lockFile));
    // Every downloader takes this lock, however it was started, so none reads the index while git
    // changes it.
    mirror = lockHome(outputDir, '--output-dir');
    locks.push(mirror);
  }
  if (!skipIndexUpdate) locks.push(lockIndex(indexDir));
  return () => mirror?.release();
}

/** A rejected run must not leave an empty mirror behind. */
function removeIfEmpty(mirror: string): void {
  for (const directory of [dirname(clonerHome(mirror).lockFile), mirror]) {
    try {
      rmdirSync(directory);
    } catch {
      // It is not empty.
    }
  }
}

async function currentIndex(options: ClonerOptions, update: UpdateDeps): Promise<CurrentIndex> {
  if (options.skipIndexUpdate) return readIndex(options, update);
  const index = await updateIndex(options, update);
  const { signal, onProgress, logger } = update;
  try {
    await packIfDue({ directory: realPath(options.indexDir), signal, onProgress });
  } catch (error) {
    signal.throwIfAborted();
    logger.warn(`the clone was not packed anew: ${(error as Error).message}`);
  }
  return index;
}

function report(options: ClonerOptions, index: CurrentIndex, { counts, since }: Comparison): number {
  const outcome = { indexDir: options.indexDir, commit: index.commit, since, counts };
  const { logFormat } = options.downloader.options;
  process.stdout.write(logFormat === 'json' ? reportJson(outcome, undefined) : reportText(outcome));
  return ExitCode.done;
}
