import { availableParallelism } from 'node:os';
import { ExitCode } from '@crates-mirror/cli';
import { countLater } from '@crates-mirror/crates-index/count';
import { openIndex } from '@crates-mirror/crates-index/open';
import { type IndexPiece, IndexPlan, type IndexPlanOptions } from '@crates-mirror/crates-index/plan';
import { describeError, errorMessage, FatalError } from '@crates-mirror/errors';
import { checkMarker, parseLayout, requireExisting } from '@crates-mirror/layout';
import { type Logger, problemReporter } from '@crates-mirror/logging';
import { PiecePool } from '@crates-mirror/piece-pool';
import { isPlain, type SelectionRules } from '@crates-mirror/selection/options';
import { openSelection, type SelectionData, selectorOf } from '@crates-mirror/selection/selector';
import { type Run, withRun } from '@crates-mirror/tool-run';
import { IndexRoot } from './index-root.ts';
import type { FromLane, LaneStart, Problem } from './lane/protocol.ts';
import type { DataSetOptions, SidecarOptions } from './options.ts';
import type { DataSet } from './parquet/data-set.ts';
import type { PartitionLaneStart } from './parquet/protocol.ts';
import { pruneAfter } from './prune-after.ts';
import type { Mirror } from './read-manifest.ts';
import type { StreamOut } from './stream-out.ts';
import { type RunEnd, summaryJson, summaryText } from './summary.ts';
import { goTo, takeTree } from './take-tree.ts';
import { Tally } from './tally.ts';

const LANE = new URL('./lane/lane-worker.ts', import.meta.url);
const PARTITION_LANE = new URL('./parquet/partition-worker.ts', import.meta.url);
/** More threads than this only slow each other down in the file system. */
const MAX_LANES = 16;
/**
 * Heap of a lane that writes partitions: enough for the largest file that an index may contain, and
 * little for all others.
 */
const PARTITION_HEAP_MB = 192;
/** Maximum number of pieces queued at one lane. */
const FILES_AHEAD = 8;
const STREAM_AHEAD = 2;
/**
 * Maximum number of files in a piece. Files are put in place one directory at a time. If two lanes
 * share a directory, each file needs a rename.
 */
const MAX_FILES = 8192;
/**
 * Usual number of files in a piece. The lane that processes a whole new shard puts it in place with
 * a single rename.
 */
const USUAL_FILES = 512;
/** Smaller pieces take less memory. */
const MAX_FILES_OF_STREAM = 64;

/** Runs the generator once. @returns the exit code @throws UsageError before anything is changed */
export function run(options: SidecarOptions): Promise<number> {
  return withRun({ tool: 'sidecar-generator', ...options }, (toolRun) => generateSidecars(options, toolRun));
}

async function generateSidecars(options: SidecarOptions, run: Run): Promise<number> {
  const { logger } = run;
  const early: Problem[] = [];
  let report = (problem: Problem): void => void early.push(problem);
  const source = await openIndex(options.indexDir);
  const { data: selection, files } = await openSelection(options.rules, source, (problem) => report(problem));
  const selector = await selectorOf(selection);
  const plan = new IndexPlan({
    source,
    includeYanked: options.rules.includeYanked,
    select: selector.select,
    files,
    limit: options.limit,
    ...shapeOfPieces(options),
    onProblem: (problem) => report(problem),
  });
  const index = new IndexRoot(source);
  // Checked before the manifest, which takes seconds to read, and would be reported as that of
  // another mirror.
  if (options.out !== undefined) {
    checkMarker(options.out, parseLayout(options.layout));
    if (options.requireExisting) requireExisting(options.out, '--out');
  }
  let mirror: Mirror | undefined;
  // Deps that most runs do not need are loaded only when they are used.
  if (options.manifest !== undefined)
    mirror = (await import('./read-manifest.ts')).loadMirror(
      options.manifest,
      {
        index: source,
        layout: options.layout,
      },
      options.bundlesDir,
    );
  const tally = new Tally(plan);
  // Not earlier: as long as there is nothing to finish, a signal may end the process immediately.
  const requested = run.listen((signal) =>
    logger.info(`${signal}: finishing the work in progress; once more stops at once`),
  );
  const { stream, dataSet } = await openOutput(options, run);
  report = problemReporter(logger, (problem: Problem) => {
    tally.addProblem(problem);
    dataSet?.noteProblem(problem);
  });
  for (const problem of early) report(problem);
  if (mirror !== undefined) warnOfBadLines(mirror, options, logger);
  const deps = {
    plan,
    selection,
    selector,
    index,
    mirror,
    tally,
    run,
    logger,
    stream,
    dataSet,
    requested,
    report,
  };
  let end = await generate(options, deps);
  if (end.fatal === undefined && !end.interrupted) end = await pruneAfter(options, end, deps);
  const toStdout = !(stream !== undefined && options.jsonlOut === '-');
  (toStdout ? process.stdout : process.stderr).write(await summaryOf(options, end, deps));
  if (end.interrupted) return ExitCode.interrupted;
  return end.fatal !== undefined || tally.problems > 0 ? ExitCode.failed : ExitCode.done;
}

interface Output {
  /** undefined if files are written */
  readonly stream: StreamOut | undefined;
  /** undefined in all other modes */
  readonly dataSet: DataSet | undefined;
}

/** Opens the output, or locks the tree of files. Only the modules of the mode are loaded. */
async function openOutput(options: SidecarOptions, run: Run): Promise<Output> {
  const { out, layout, requireExisting } = options;
  if (options.dataSet !== undefined) {
    const dataSet = await openDataSet(options.dataSet, requireExisting);
    run.defer(() => dataSet.release());
    return { stream: undefined, dataSet };
  }
  if (out === undefined) {
    const stream = (await import('./stream-out.ts')).openStream(options);
    run.defer(() => stream.discard());
    return { stream, dataSet: undefined };
  }
  const lock = takeTree(out, layout);
  run.defer(() => lock.release());
  return { stream: undefined, dataSet: undefined };
}

/** Only what is needed is loaded. @throws UsageError */
async function openDataSet({ place, bucket }: DataSetOptions, mustExist: boolean): Promise<DataSet> {
  if (bucket === undefined)
    return (await import('./parquet/directory-data-set.ts')).DirectoryDataSet.open(place, mustExist);
  return (await import('./parquet/bucket-data-set.ts')).BucketDataSet.open(bucket, mustExist);
}

function shapeOfPieces({ out, dataSet }: SidecarOptions): Partial<IndexPlanOptions> {
  if (dataSet !== undefined) return { areShardsWhole: true };
  return out === undefined
    ? { mostFiles: MAX_FILES_OF_STREAM }
    : { usualFiles: USUAL_FILES, mostFiles: MAX_FILES };
}

async function summaryOf(options: SidecarOptions, end: RunEnd, { tally, dataSet }: RunDeps): Promise<string> {
  const isJson = options.logFormat === 'json';
  if (dataSet === undefined) return (isJson ? summaryJson : summaryText)(tally, options, end);
  const { dataSetJson, dataSetText } = await import('./parquet/summary.ts');
  return (isJson ? dataSetJson : dataSetText)(tally, dataSet, end);
}

interface RunDeps extends Output {
  readonly selection: SelectionData;
  readonly plan: IndexPlan;
  readonly index: IndexRoot;
  /** undefined without a manifest */
  readonly mirror: Mirror | undefined;
  readonly tally: Tally;
  readonly run: Run;
  readonly logger: Logger;
  /** Aborted to stop the run. */
  readonly requested: AbortSignal;
  readonly report: (problem: Problem) => void;
}

async function generate(
  options: SidecarOptions,
  { plan, selection, mirror, tally, run, logger, stream, dataSet, requested, report }: RunDeps,
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
  /** A data set that cannot be stored stops the run, and its summary says how far it came. */
  const stored = async (storing: Promise<void> | undefined): Promise<void> => {
    try {
      await storing;
    } catch (error) {
      if (!(error instanceof FatalError)) throw error;
      stop(describeError(error));
    }
  };
  const sizes: number[] = [];
  const next = (): IndexPiece | undefined => {
    const piece = plan.next();
    if (piece === undefined) return undefined;
    sizes.push(piece.files.length);
    return dataSet === undefined ? piece : dataSet.pieceOf(piece);
  };
  const onResult = async (result: FromLane): Promise<void> => {
    tally.add(result, sizes.shift() ?? 0);
    for (const problem of result.problems) report(problem);
    await stored(dataSet?.add(result.partitions ?? []));
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
  const common = { options, index: plan.index, selection };
  const start: LaneStart = {
    ...common,
    root,
    mirrored: mirror?.table.memory,
    bundleFiles: mirror?.bundleFiles ?? {},
  };
  const partitions: PartitionLaneStart | undefined = options.dataSet &&
    dataSet && { ...common, options: dataSet.lanes(options.dataSet) };
  // The text of a stream is held in memory until its turn.
  const mostAhead = stream === undefined ? FILES_AHEAD : STREAM_AHEAD;
  const pool = new PiecePool({
    worker: partitions === undefined ? LANE : PARTITION_LANE,
    count: lanes,
    mostAhead,
    start: partitions ?? start,
    ...(partitions === undefined ? {} : { oldHeapMb: PARTITION_HEAP_MB }),
    next,
    onResult,
  });
  const progress = run.progress(() => tally.snapshot());
  requested.addEventListener('abort', () => pool.stop());
  const counting = countLater({ countable: countableOf(plan, options.rules) }, progress.isShown, (total) => {
    tally.counted = total;
  });
  progress.start();
  try {
    await pool.run();
    if (fatal === undefined && !requested.aborted) await commit();
    await stored(dataSet?.finish());
  } finally {
    goBack?.();
    counting.abort();
    progress.stop();
  }
  return { interrupted: requested.aborted, fatal, taken: stream?.takenAtClose };
}

function warnOfBadLines({ badLines }: Mirror, { manifest }: SidecarOptions, logger: Logger): void {
  if (badLines === 0) return;
  const what = badLines === 1 ? 'a line is no record, and was' : `${badLines} lines are no records, and were`;
  logger.warn(`${manifest}: ${what} passed over`);
}

/**
 * Yanked versions always count as processed, whether they get a sidecar or not. With a limit, their
 * number is only known after the run.
 */
function countableOf({ countable }: IndexPlan, rules: SelectionRules): IndexPlan['countable'] | undefined {
  if (countable.limit > 0 && !(countable.includeYanked && isPlain(rules))) return undefined;
  return { ...countable, includeYanked: true };
}
