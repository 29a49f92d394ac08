import { availableParallelism } from 'node:os';
import { ExitCode, listenForShutdown } from '@crates-mirror/cli';
import { countLater } from '@crates-mirror/crates-index/count';
import { openIndex } from '@crates-mirror/crates-index/open';
import { type IndexPiece, IndexPlan } from '@crates-mirror/crates-index/plan';
import { describeError, errorMessage, FatalError, UsageError, writeHint } from '@crates-mirror/errors';
import type { Lock } from '@crates-mirror/fs-atomic';
import {
  checkMarker,
  lockHome,
  mirrorHome,
  parseLayout,
  prepareHome,
  requireExisting,
} from '@crates-mirror/layout';
import { createLogger, type Logger, problemReporter, StatusLine } from '@crates-mirror/logging';
import { PiecePool } from '@crates-mirror/piece-pool';
import { formatCount, Progress } from '@crates-mirror/progress';
import { isPlain, type SelectionRules } from '@crates-mirror/selection/options';
import { openSelection, type SelectionData, selectorOf } from '@crates-mirror/selection/selector';
import { IndexRoot } from './index-root.ts';
import type { FromLane, LaneStart, Problem } from './lane/protocol.ts';
import type { SidecarOptions } from './options.ts';
import type { Mirror } from './read-manifest.ts';
import type { StreamOut } from './stream-out.ts';
import { type RunEnd, summaryJson, summaryText } from './summary.ts';
import { Tally } from './tally.ts';

const LANE = new URL('./lane/lane-worker.ts', import.meta.url);
/** More threads than this only get into each other's way in the file system. */
const MAX_LANES = 16;
/** Pieces at one lane, at most. */
const FILES_AHEAD = 8;
const STREAM_AHEAD = 2;
/** Of one piece. Files are put in place a directory at a time: in one that two lanes share, each needs a rename. */
const MAX_FILES = 8192;
/** Of one piece: a shard that is new is put in place whole, with one rename, by the lane that has all of it. */
const USUAL_FILES = 512;
/** Small pieces take less memory. */
const MAX_FILES_OF_STREAM = 64;

/**
 * One run of the generator. @returns the exit code
 * @throws UsageError before anything is touched
 */
export async function run(options: SidecarOptions): Promise<number> {
  const early: Problem[] = [];
  let report = (problem: Problem): void => void early.push(problem);
  const source = await openIndex(options.indexDir);
  const { data: selection, files } = await openSelection(options.rules, source, (problem) => report(problem));
  const { select } = await selectorOf(selection);
  const plan = new IndexPlan({
    source,
    includeYanked: options.rules.includeYanked,
    select,
    files,
    limit: options.limit,
    ...(options.out === undefined
      ? { mostFiles: MAX_FILES_OF_STREAM }
      : { usualFiles: USUAL_FILES, mostFiles: MAX_FILES }),
    onProblem: (problem) => report(problem),
  });
  const index = new IndexRoot(source);
  // A manifest takes seconds to read, and would be told to be another mirror's.
  if (options.out !== undefined) {
    checkMarker(options.out, parseLayout(options.layout));
    if (options.requireExisting) requireExisting(options.out, '--out');
  }
  let mirror: Mirror | undefined;
  // This and other parts are loaded where they are used: most runs are without.
  if (options.manifest !== undefined)
    mirror = (await import('./read-manifest.ts')).loadMirror(
      options.manifest,
      {
        index: source,
        layout: options.layout,
      },
      options.bundlesDir,
    );
  const status = new StatusLine();
  const { logFormat: format, logLevel: level } = options;
  const logger = createLogger({ tool: 'sidecar-generator', format, level, output: status });
  const tally = new Tally(plan);
  // Not before: as long as there is nothing to finish, a signal may end the process where it stands.
  const shutdown = listenForShutdown(
    (signal) => logger.info(`${signal}: finishing what is under way; once more stops at once`),
    () => {},
  );
  let lock: Lock | undefined;
  let stream: StreamOut | undefined;
  try {
    if (options.out === undefined) stream = (await import('./stream-out.ts')).openStream(options);
    else lock = takeTree(options.out, options.layout);
    report = problemReporter(logger, (problem: Problem) => tally.addProblem(problem));
    for (const problem of early) report(problem);
    if (mirror !== undefined) warnOfBadLines(mirror, options, logger);
    const { requested } = shutdown;
    const parts = { plan, selection, index, mirror, tally, status, logger, stream, requested, report };
    let end = await generate(options, parts);
    if (options.prune && end.fatal === undefined && !end.interrupted)
      end = await pruneTree(options, end, parts);
    const summarize = format === 'json' ? summaryJson : summaryText;
    const toStdout = !(stream !== undefined && options.jsonlOut === '-');
    (toStdout ? process.stdout : process.stderr).write(summarize(tally, options, end));
    if (end.interrupted) return ExitCode.interrupted;
    return end.fatal !== undefined || tally.problems > 0 ? ExitCode.failed : ExitCode.done;
  } finally {
    shutdown.dispose();
    stream?.discard();
    lock?.release();
  }
}

/** Takes the tree for this run. @throws UsageError */
function takeTree(out: string, layoutText: string): Lock {
  const layout = parseLayout(layoutText);
  checkMarker(out, layout);
  const home = mirrorHome(out);
  const lock = lockHome(out, '--out', home.sidecarLockFile);
  try {
    prepareHome(home, layout, []);
    return lock;
  } catch (error) {
    lock.release();
    throw new UsageError(`--out: cannot write to ${out}: ${errorMessage(error)}`, writeHint(error));
  }
}

interface RunParts {
  readonly selection: SelectionData;
  readonly plan: IndexPlan;
  readonly index: IndexRoot;
  /** undefined without a manifest */
  readonly mirror: Mirror | undefined;
  readonly tally: Tally;
  readonly status: StatusLine;
  readonly logger: Logger;
  /** undefined for files */
  readonly stream: StreamOut | undefined;
  /** Aborted when the run is to stop. */
  readonly requested: AbortSignal;
  readonly report: (problem: Problem) => void;
}

async function generate(
  options: SidecarOptions,
  { plan, selection, mirror, tally, status, logger, stream, requested, report }: RunParts,
): Promise<RunEnd> {
  let fatal: string | undefined;
  const stop = (message: string): void => {
    if (fatal === undefined) logger.error(message);
    fatal ??= message;
    pool.stop();
  };
  const cannotWrite = (error: unknown): void => {
    stop(`cannot write ${options.jsonlOut}: ${errorMessage(error)}`);
  };
  const commit = async (): Promise<void> => {
    try {
      await stream?.commit();
    } catch (error) {
      cannotWrite(error);
    }
  };
  const sizes: number[] = [];
  const next = (): IndexPiece | undefined => {
    const piece = plan.next();
    if (piece !== undefined) sizes.push(piece.files.length);
    return piece;
  };
  const onResult = async (result: FromLane): Promise<void> => {
    tally.add(result, sizes.shift() ?? 0);
    for (const problem of result.problems) report(problem);
    if (result.fatal !== undefined) stop(result.fatal);
    progress.advanced();
    if (stream === undefined || result.output === undefined) return;
    try {
      await stream.write(result.output);
    } catch (error) {
      cannotWrite(error);
    }
    if (stream.takenAtClose !== undefined) pool.stop();
  };
  const lanes = Math.min(options.concurrency, availableParallelism(), MAX_LANES);
  const goBack = options.out === undefined ? undefined : goTo(options.out);
  const root = goBack === undefined ? options.out : '.';
  const start: LaneStart = {
    options,
    index: plan.index,
    selection,
    root,
    mirrored: mirror?.table.memory,
    bundleFiles: mirror?.bundleFiles ?? {},
  };
  // The text of a stream waits in memory until its turn comes.
  const mostAhead = stream === undefined ? FILES_AHEAD : STREAM_AHEAD;
  const pool = new PiecePool({ worker: LANE, count: lanes, mostAhead, start, next, onResult });
  const progress = new Progress({
    status,
    logger,
    intervalMs: options.progressInterval,
    every: options.progressEvery,
    snapshot: () => tally.snapshot(),
  });
  requested.addEventListener('abort', () => pool.stop());
  const counting = countLater({ countable: countableOf(plan, options.rules) }, progress.isShown, (total) => {
    tally.counted = total;
  });
  progress.start();
  try {
    await pool.run();
    if (fatal === undefined && !requested.aborted) await commit();
  } finally {
    goBack?.();
    counting.abort();
    progress.stop();
  }
  return { interrupted: requested.aborted, fatal, taken: stream?.takenAtClose };
}

/**
 * Makes a directory the working directory of all threads. Paths below it are short then, and the kernel goes through the
 * directories of each path that it is given: 4 % of the time.
 *
 * @returns the way back; undefined where there is none, since the working directory is no more or may not be entered
 */
function goTo(directory: string): (() => void) | undefined {
  try {
    const before = process.cwd();
    // Fails where nobody could go back to it: the user who started this may have been another one (sudo).
    process.chdir(before);
    process.chdir(directory);
    return () => goBackTo(before);
  } catch {
    return undefined;
  }
}

function goBackTo(directory: string): void {
  try {
    process.chdir(directory);
  } catch {
    // Removed meanwhile: a relative path below it leads nowhere any more, from wherever.
  }
}

function warnOfBadLines({ badLines }: Mirror, { manifest }: SidecarOptions, logger: Logger): void {
  if (badLines === 0) return;
  const what = badLines === 1 ? 'a line is no record, and was' : `${badLines} lines are no records, and were`;
  logger.warn(`${manifest}: ${what} passed over`);
}

/** Yanked versions are settled too, whether they get a sidecar or not; how many there are before a limit, only the run finds out. */
function countableOf({ countable }: IndexPlan, rules: SelectionRules): IndexPlan['countable'] | undefined {
  if (countable.limit > 0 && !(countable.includeYanked && isPlain(rules))) return undefined;
  return { ...countable, includeYanked: true };
}

/** @returns how the run has ended now */
async function pruneTree(
  options: SidecarOptions,
  end: RunEnd,
  { index, tally, logger, requested, report }: RunParts,
): Promise<RunEnd> {
  const onRemoved = (path: string): void => {
    tally.pruned += 1;
    logger.debug(`pruned ${path}`);
  };
  const tree = { ...options, out: options.out as string };
  let fatal: string | undefined;
  try {
    if (tally.wholeFiles > 0) throw cannotPrune(tally.wholeFiles);
    const { prune } = await import('./prune.ts');
    await prune({ options: tree, index, signal: requested, report, onRemoved });
  } catch (error) {
    if (!(error instanceof FatalError)) throw error;
    logger.error(describeError(error));
    fatal = error.message;
  }
  return { ...end, fatal, interrupted: requested.aborted };
}

/** What could not be read may be what the sidecars are of. */
function cannotPrune(files: number): FatalError {
  const what = files === 1 ? 'a file or directory' : `${formatCount(files)} files or directories`;
  return new FatalError(
    'index_unreadable',
    `nothing is pruned: ${what} could not be used, see the warnings above`,
    {
      hint: 'Put that right and run again',
    },
  );
}
