import { randomInt } from 'node:crypto';
import { AdvisoryDatabase } from '@crates-mirror/advisories';
import { ExitCode } from '@crates-mirror/cli';
import { countLater } from '@crates-mirror/crates-index/count';
import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import { errorMessage } from '@crates-mirror/errors';
import { proxiesOf } from '@crates-mirror/http-client/proxies';
import { hasNoFiles } from '@crates-mirror/layout';
import { EarlyProblems, type Logger, problemReporter } from '@crates-mirror/logging';
import type { Progress } from '@crates-mirror/progress';
import { isNarrow } from '@crates-mirror/selection/options';
import { type Run, withRun } from '@crates-mirror/tool-run';
import { checkPlaces } from '../mirror/open-mirror.ts';
import { reportSelectionChange } from '../mirror/selection-change.ts';
import { openChecksums, openPlan } from '../plan/open-plan.ts';
import { selectedCount } from '../plan/selected-count.ts';
import { isWholeIndex } from '../plan/whole-index.ts';
import type { InputProblem, Plan } from '../plan/work.ts';
import { recordFiles } from '../sizes/record-files.ts';
import { learnSizes } from '../sizes/record-sizes.ts';
import { SizeTable } from '../sizes/size-table.ts';
import { findAffected } from './advisories/affected.ts';
import { type LeftIndex, LeftSearch } from './left/left-search.ts';
import { preview } from './preview.ts';
import type { Candidates } from './sizing/sieve.ts';
import type { ListedCrates, listCrates } from './stored/list-crates.ts';
import { dryRunText } from './summary.ts';
import { dryRunJson } from './summary-json.ts';
import { SurveyRun } from './survey-run.ts';
import { SurveyTally } from './survey-tally.ts';
import { MAX_TRIAL_FILES } from './trial/limits.ts';

/**
 * Reports what a run would do without changing anything: it writes no file and takes no lock.
 * Upstream receives requests only for the sizes of a sample.
 *
 * @returns the exit code
 * @throws UsageError if the run itself would throw it
 */
export function dryRun(options: DownloaderOptions): Promise<number> {
  return withRun({ tool: 'downloader', ...options }, (run) => survey(options, run));
}

async function survey(options: DownloaderOptions, toolRun: Run): Promise<number> {
  const problems = new EarlyProblems<InputProblem>();
  const { plan, selection } = await openPlan(options, problems.report);
  const checksums = await openChecksums(options.checksums);
  proxiesOf(process.env);
  checkPlaces(options);
  const { logger } = toolRun;
  const { advisories: database } = options;
  const advisories =
    database === undefined ? undefined : AdvisoryDatabase.open(database, (text) => logger.warn(text));
  const tally = new SurveyTally(plan);
  const report = problemReporter(logger, ({ count = 1 }: InputProblem) => {
    tally.problems += count;
  });
  problems.reportTo(report);
  const stored = options.bucket && (await listStored(options.bucket, options));
  const isNew = stored?.isNew ?? hasNoFiles(options.out);
  await reportSelectionChange({
    out: options.out,
    selection,
    index: plan.index,
    logger,
    isNew,
    isRemoving: options.removals.action !== 'keep' && isWholeIndex(options),
    isRemembered: false,
  });
  const { sizeSample: size, sizeSeed: seed = randomInt(2 ** 31) } = options;
  const sample = { size, trialSize: size === 0 ? 0 : size + MAX_TRIAL_FILES, seed };
  const run = await SurveyRun.open({
    options,
    selection,
    checksums: checksums?.memory,
    sample,
    stored,
    logger,
  });
  const progress = toolRun.progress(() => tally.snapshot());
  const requested = toolRun.listen(() => run.stop());
  const counting = countLater(selectedCount(plan, selection, options.shard), progress.isShown, (total) => {
    tally.counted = total;
  });
  toolRun.defer(() => counting.abort());
  progress.start();
  await look({ run, plan, tally, options, logger, report, progress, signal: requested });
  if (!requested.aborted)
    tally.removals = await preview({
      held: run.held,
      index: plan.index,
      selection,
      options,
      logger,
      signal: requested,
    });
  if (advisories !== undefined && !requested.aborted)
    tally.affected = findAffected(advisories, options, run.held);
  if (!requested.aborted) await measure(run.sampled, tally, { options, seed, logger, signal: requested });
  counting.abort();
  progress.stop();
  if (requested.aborted) return ExitCode.interrupted;
  process.stdout.write((options.logFormat === 'json' ? dryRunJson : dryRunText)(tally, options));
  return tally.problems > 0 ? ExitCode.failed : ExitCode.done;
}

interface Looking {
  readonly run: SurveyRun;
  readonly plan: Plan;
  readonly tally: SurveyTally;
  readonly options: DownloaderOptions;
  readonly logger: Logger;
  readonly report: (problem: InputProblem) => void;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Surveys everything. Surveys a second time if manifests contain sizes that no other source has.
 */
async function look({ run, plan, tally, options, logger, report, progress, signal }: Looking): Promise<void> {
  const files = await recordFiles(options);
  // A narrow selection reads only some index files.
  const left =
    isWholeIndex(options) && !isNarrowRun(options) && options.bucket === undefined
      ? new LeftSearch({ options, held: run.held, logger, signal })
      : undefined;
  const table = new SizeTable();
  const onProgress = (): void => progress.advanced();
  await run.look(plan, tally, {
    records: files.length > 0 ? 'wanted' : 'none',
    report,
    onUnknown: (words) => table.expect(words),
    ...(left === undefined ? {} : { onNamed: (words) => left.name(words) }),
    onProgress,
  });
  // If an index file cannot be read, all of its crate files would look left over.
  if (left !== undefined && tally.problems === 0 && !signal.aborted)
    tally.left = await findLeft(left, logger);
  if (signal.aborted || !(await learnAll(files, table, logger, signal))) return;
  const { plan: again } = await openPlan(options, () => {});
  tally.startAgain(again);
  const silently = { report: () => {}, onUnknown: () => {}, onProgress };
  await run.look(again, tally, { records: table.memory, ...silently });
}

function isNarrowRun({ source }: DownloaderOptions): boolean {
  return source.kind === 'index' && isNarrow(source.rules);
}

/** The client of object stores is loaded for them alone. */
async function listStored(...parameters: Parameters<typeof listCrates>): Promise<ListedCrates> {
  const { listCrates } = await import('./stored/list-crates.ts');
  return listCrates(...parameters);
}

async function findLeft(left: LeftSearch, logger: Logger): Promise<LeftIndex | undefined> {
  try {
    return await left.find();
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    logger.warn(`crate files that the index does not name cannot be looked for: ${errorMessage(error)}`);
    return undefined;
  }
}

interface Measuring {
  readonly options: DownloaderOptions;
  readonly seed: number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Requests the sizes of crate files from upstream, and measures how fast files download. */
async function measure(
  { sizes, trial }: Candidates,
  tally: SurveyTally,
  { options, seed, logger, signal }: Measuring,
): Promise<void> {
  if (sizes.length > 0) {
    const { sizeRun } = await import('./sizing/size-run.ts');
    tally.sizing = await sizeRun(sizes, tally.survey, seed, options, signal);
  }
  if (trial.length === 0 || tally.sizing?.isOffline === true) return;
  const { tryRate } = await import('./trial/trial.ts');
  const { toDownload } = tally.survey;
  tally.rate = await tryRate({ options, candidates: trial, toDownload, logger, signal });
}

/** Reads manifests to find sizes that no other source has. @returns whether it found any */
async function learnAll(
  records: readonly string[],
  table: SizeTable,
  logger: Logger,
  signal: AbortSignal,
): Promise<boolean> {
  if (table.isEmpty) return false;
  for (const path of records) {
    try {
      await learnSizes(path, table, signal);
    } catch (error) {
      logger.warn(`${path} cannot be read for sizes: ${errorMessage(error)}`);
    }
  }
  return table.learned > 0 && !signal.aborted;
}
