import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, ExitCode } from '@crates-mirror/cli';
import { isIndexFilePath, openIndex } from '@crates-mirror/crates-index';
import { mirrorName } from '@crates-mirror/downloader-options';
import { rememberSuccess } from '@crates-mirror/layout';
import type { ClonerOptions } from '../command/options.ts';
import type { CurrentIndex } from '../index/current-index.ts';
import { realPath } from '../index/index-directory.ts';
import { cratesToRetry, moveCursor } from './cursor.ts';
import { type Executable, runDownloader } from './downloader-process.ts';
import type { Comparison } from './last-run.ts';
import { groundsFor } from './question.ts';
import type { LockedDeps, RunDeps } from './run-deps.ts';
import { isAbsent, type Selection, selectCrates } from './selection.ts';
import { settingsOf, whyEverything, whyPartial } from './settings.ts';
import { clonerHome, type MirrorState, type RetryEntry } from './state.ts';
import { describeSelection, reportJson, reportText } from './summary.ts';

/** Another process may have locked the mirror just as the downloader was started. */
const REFUSED =
  'the downloader was refused, for the reason that it gives above: nothing was mirrored, and the next run has the same to do';

/** The index, and its comparison with the last run. */
export interface Subject {
  readonly index: CurrentIndex;
  readonly comparison: Comparison;
}

/**
 * Mirrors everything that has changed or failed since the last completed run.
 *
 * @returns the exit code
 */
export async function mirrorIndex(
  options: ClonerOptions,
  deps: LockedDeps,
  subject: Subject,
): Promise<number> {
  const { logger, requested, executable, state } = deps;
  if (executable === undefined) throw new Error('a mirror without a downloader');
  const selection = await selectFor(options, executable, state, subject);
  tell(options, subject, selection);
  if (selection.kind === 'nothing') {
    await saveOutcome(options, deps, subject, { retry: localFiles(options, subject), outcome: 'done' });
    rememberSuccess(options.outputDir);
    return ExitCode.done;
  }
  if (!options.yes && !(await confirmDownload(options, selection, requested))) {
    requested.throwIfAborted();
    logger.info('nothing was downloaded; the next run has the same to do');
    return ExitCode.done;
  }
  return download(options, { ...deps, executable }, subject, selection);
}

async function confirmDownload(
  options: ClonerOptions,
  selection: Selection,
  signal: AbortSignal,
): Promise<boolean> {
  process.stderr.write(await groundsFor(selection, options, signal));
  return ask(`Download into ${mirrorName(options.downloader.options)}? [y/N] `, signal);
}

/** Selects the crates for the downloader to check. */
export async function selectFor(
  { indexDir, isFull, downloader }: ClonerOptions,
  executable: Executable,
  state: MirrorState | undefined,
  { index, comparison }: Subject,
): Promise<Selection> {
  const why = whyEverything(isFull, downloader, state);
  const leftBy = whyPartial(downloader.options);
  if (why !== undefined)
    return { kind: 'everything', reason: why, ...(leftBy === undefined ? {} : { leftBy }) };
  if (comparison.counts === undefined) return { kind: 'everything', reason: 'changes cannot be determined' };
  const isThere = await presenceIn(indexDir, index);
  const selection = selectCrates(comparison.touched, state?.retry ?? [], index.repaired, isThere);
  if (selection.kind === 'nothing' || (await executable.takesSelection())) return selection;
  return { kind: 'everything', reason: `${downloader.path} takes no --only-crates` };
}

/** Whether the index has a file, as far as can be determined now. */
async function presenceIn(
  indexDir: string,
  { hasFiles, absent }: CurrentIndex,
): Promise<(path: string) => boolean> {
  if (hasFiles) return (path) => absent?.has(path) === true || !isAbsent(join(indexDir, path));
  const source = await openIndex(indexDir);
  return (path) => !source.lacks(path);
}

function tell(
  { indexDir, downloader }: ClonerOptions,
  { index, comparison }: Subject,
  selection: Selection,
): void {
  const report = { indexDir, commit: index.commit, since: comparison.since, counts: comparison.counts };
  process.stdout.write(
    downloader.options.logFormat === 'json'
      ? reportJson(report, selection)
      : `${reportText(report)}${describeSelection(selection)}.\n\n`,
  );
}

async function download(
  options: ClonerOptions,
  deps: LockedDeps & { readonly executable: Executable },
  subject: Subject,
  selection: Selection,
): Promise<number> {
  const { logger, requested, executable, state, leaveMirror } = deps;
  const home = clonerHome(options.outputDir);
  const reportsRetries = await executable.takesSelection();
  const args = [...options.downloader.args];
  if (selection.kind === 'some') {
    writeFileSync(home.selectionFile, selection.paths.map((path) => `${path}\n`).join(''));
    args.push('--only-crates', home.selectionFile);
  }
  if (reportsRetries) args.push('--retry-out', home.retryFile);
  rmSync(home.retryFile, { force: true });
  requested.throwIfAborted();
  // From here on, signals are handled by the downloader.
  deps.stopListening();
  leaveMirror();
  try {
    const code = await runDownloader(executable, [...args, ...options.downloader.extra], logger);
    if (code === ExitCode.usage && options.downloader.path === undefined) logger.error(REFUSED);
    const retry = cratesToRetry(
      { code, reportsRetries },
      home,
      state?.retry ?? [],
      localFiles(options, subject),
    );
    if (retry !== undefined)
      await saveOutcome(options, deps, subject, {
        retry,
        outcome: code === ExitCode.done ? 'done' : 'failed',
      });
    return code;
  } finally {
    for (const file of [home.selectionFile, home.retryFile]) rmSync(file, { force: true });
  }
}

/**
 * Index files whose content differed from the commit when they were read, and that the next run
 * must read again.
 */
function localFiles({ skipIndexUpdate }: ClonerOptions, { index }: Subject): RetryEntry[] {
  if (!skipIndexUpdate) return [];
  const since = new Date().toISOString();
  return [...index.repaired].filter(isIndexFilePath).map((path) => ({ path, reason: 'local', since }));
}

async function saveOutcome(
  { outputDir, indexDir, downloader }: ClonerOptions,
  { logger, requested }: RunDeps,
  { index }: Subject,
  { retry, outcome }: Pick<MirrorState, 'retry' | 'outcome'>,
): Promise<void> {
  if (index.commit === undefined || whyPartial(downloader.options) !== undefined) return;
  const cursor = { commit: index.commit, settings: settingsOf(downloader), outcome, retry };
  await moveCursor(outputDir, cursor, { directory: realPath(indexDir), signal: requested }, logger);
}
