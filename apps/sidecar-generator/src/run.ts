import { ExitCode } from '@crates-mirror/cli';
import type { IndexSource } from '@crates-mirror/crates-index';
import { openIndex } from '@crates-mirror/crates-index/open';
import { IndexPlan, type IndexPlanOptions } from '@crates-mirror/crates-index/plan';
import { checkMarker, parseLayout, requireExisting } from '@crates-mirror/layout';
import { type Logger, problemReporter } from '@crates-mirror/logging';
import { openSelection, selectorOf } from '@crates-mirror/selection/selector';
import { type Run, withRun } from '@crates-mirror/tool-run';
import { generate, type Output, type RunDeps } from './generation.ts';
import { IndexRoot } from './index-root.ts';
import type { Problem } from './lane/protocol.ts';
import type { DataSetOptions, SidecarOptions } from './options.ts';
import type { DataSet } from './parquet/data-set.ts';
import { pruneAfter } from './prune-after.ts';
import type { Mirror } from './read-manifest.ts';
import { type RunEnd, summaryJson, summaryText } from './summary.ts';
import { takeTree } from './take-tree.ts';
import { Tally } from './tally.ts';

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
  const problems = new Problems();
  const planned = await planPieces(options, problems);
  if (options.out !== undefined) checkTree(options.out, options);
  const mirror = await openMirror(options, planned.index.source);
  const tally = new Tally(planned.plan);
  // Not earlier: as long as there is nothing to finish, a signal may end the process immediately.
  const requested = run.listen((signal) =>
    logger.info(`${signal}: finishing the work in progress; once more stops at once`),
  );
  const output = await openOutput(options, run);
  problems.reportTo(
    problemReporter(logger, (problem: Problem) => {
      tally.addProblem(problem);
      output.dataSet?.noteProblem(problem);
    }),
  );
  if (mirror !== undefined) warnOfBadLines(mirror, options, logger);
  const deps = { ...planned, ...output, mirror, tally, run, logger, requested, report: problems.report };
  let end = await generate(options, deps);
  if (end.fatal === undefined && !end.interrupted) end = await pruneAfter(options, end, deps);
  const isStdoutTaken = output.stream !== undefined && options.jsonlOut === '-';
  (isStdoutTaken ? process.stderr : process.stdout).write(await summaryOf(options, end, deps));
  if (end.interrupted) return ExitCode.interrupted;
  return end.fatal !== undefined || tally.problems > 0 ? ExitCode.failed : ExitCode.done;
}

/** Keeps the problems that are found before they can be reported. */
class Problems {
  readonly #early: Problem[] = [];
  #report = (problem: Problem): void => void this.#early.push(problem);

  readonly report = (problem: Problem): void => this.#report(problem);

  reportTo(report: (problem: Problem) => void): void {
    this.#report = report;
    for (const problem of this.#early) report(problem);
  }
}

async function planPieces(
  options: SidecarOptions,
  { report }: Problems,
): Promise<Pick<RunDeps, 'selection' | 'selector' | 'plan' | 'index'>> {
  const source = await openIndex(options.indexDir);
  const { data: selection, files } = await openSelection(options.rules, source, report);
  const selector = await selectorOf(selection);
  const plan = new IndexPlan({
    source,
    includeYanked: options.rules.includeYanked,
    select: selector.select,
    files,
    limit: options.limit,
    ...shapeOfPieces(options),
    onProblem: report,
  });
  return { selection, selector, plan, index: new IndexRoot(source) };
}

/**
 * Checked before the manifest, which takes seconds to read, and would be reported as that of
 * another mirror.
 */
function checkTree(out: string, { layout, requireExisting: mustExist }: SidecarOptions): void {
  checkMarker(out, parseLayout(layout));
  if (mustExist) requireExisting(out, '--out');
}

async function openMirror(options: SidecarOptions, index: IndexSource): Promise<Mirror | undefined> {
  const { manifest, layout, bundlesDir } = options;
  if (manifest === undefined) return undefined;
  const { loadMirror } = await import('./read-manifest.ts');
  return loadMirror(manifest, { index, layout }, bundlesDir);
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
    ? { maxFiles: MAX_FILES_OF_STREAM }
    : { usualFiles: USUAL_FILES, maxFiles: MAX_FILES };
}

async function summaryOf(options: SidecarOptions, end: RunEnd, { tally, dataSet }: RunDeps): Promise<string> {
  const isJson = options.logFormat === 'json';
  if (dataSet === undefined) return (isJson ? summaryJson : summaryText)(tally, options, end);
  const { dataSetJson, dataSetText } = await import('./parquet/summary.ts');
  return (isJson ? dataSetJson : dataSetText)(tally, dataSet, end);
}

function warnOfBadLines({ badLines }: Mirror, { manifest }: SidecarOptions, logger: Logger): void {
  if (badLines === 0) return;
  const what = badLines === 1 ? 'a line is no record, and was' : `${badLines} lines are no records, and were`;
  logger.warn(`${manifest}: ${what} passed over`);
}
