import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { ExitCode, listenForShutdown } from '@crates-mirror/cli';
import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import { proxiesOf } from '@crates-mirror/http-client/proxies';
import { hasNoFiles, mirrorHome } from '@crates-mirror/layout';
import { createLogger, type Logger, problemReporter, StatusLine } from '@crates-mirror/logging';
import { PiecePool } from '@crates-mirror/piece-pool';
import { Progress } from '@crates-mirror/progress';
import { checkPlaces } from '../open-mirror.ts';
import { countLater, openChecksums, openPlan } from '../plan/open-plan.ts';
import type { InputProblem, Work } from '../plan/work.ts';
import type { CountStart, FromSurveyor, SurveyStart } from './protocol.ts';
import { BottomSample, type Candidate } from './sizing/bottom-sample.ts';
import { dryRunJson, dryRunText } from './summary.ts';
import { SurveyTally } from './survey-tally.ts';

const SURVEYOR = new URL('./surveyor-worker.ts', import.meta.url);
const COUNTER = new URL('./version-count-worker.ts', import.meta.url);
/** More threads than this only get into each other's way in the file system. */
const MOST_LANES = 16;
/** Pieces at one lane: each takes a millisecond or two. */
const MAX_AHEAD = 8;

/**
 * Tells what a run would have to do, and touches nothing: no file is written and no lock taken. Upstream is asked for the sizes
 * of a sample alone.
 *
 * @returns the exit code
 * @throws UsageError where the run itself would refuse
 */
export async function dryRun(options: DownloaderOptions): Promise<number> {
  const early: InputProblem[] = [];
  let report = (problem: InputProblem): void => void early.push(problem);
  const plan = await openPlan(options, (problem) => report(problem));
  const checksums = await openChecksums(options.checksums);
  proxiesOf(process.env);
  checkPlaces(options);
  const { logFormat: format, logLevel: level, bundle } = options;
  const status = new StatusLine();
  const logger = createLogger({ tool: 'downloader', format, level, output: status });
  const tally = new SurveyTally(plan);
  const sample = { size: options.sizeSample, seed: options.sizeSeed ?? randomInt(2 ** 31) };
  const sampled = new BottomSample<Candidate>(sample.size);
  report = problemReporter(logger, ({ count = 1 }: InputProblem) => {
    tally.problems += count;
  });
  for (const problem of early) report(problem);
  const held = bundle === undefined ? [] : await heldBundles(bundle.directory, logger);
  const surveyor = surveyorFor({ options, checksums: checksums?.memory, held, index: plan.index, sample });
  const progress = new Progress({
    status,
    logger,
    intervalMs: options.progressInterval,
    every: options.progressEvery,
    snapshot: () => tally.snapshot(),
  });
  const pool = new PiecePool<Work, FromSurveyor>({
    ...surveyor,
    count: Math.min(availableParallelism(), MOST_LANES),
    mostAhead: MAX_AHEAD,
    next: () => plan.next(),
    onResult: ({ survey, problems, candidates }) => {
      for (const candidate of candidates) sampled.add(candidate);
      tally.add(survey);
      for (const problem of problems) report(problem);
      progress.advanced();
    },
  });
  const shutdown = listenForShutdown(
    () => pool.stop(),
    () => {},
  );
  const counting = countLater(plan, progress.isShown, (total) => {
    tally.counted = total;
  });
  progress.start();
  try {
    await pool.run();
    const { aborted } = shutdown.requested;
    if (sampled.items.length > 0 && !aborted) {
      const { sizeRun } = await import('./sizing/size-run.ts');
      tally.sizing = await sizeRun(sampled.items, tally.survey, sample.seed, options, shutdown.requested);
    }
  } finally {
    counting.abort();
    progress.stop();
    shutdown.dispose();
  }
  if (shutdown.requested.aborted) return ExitCode.interrupted;
  process.stdout.write((format === 'json' ? dryRunJson : dryRunText)(tally, options));
  return tally.problems > 0 ? ExitCode.failed : ExitCode.done;
}

/** Most first dry runs are of a mirror without anything in it, where nothing needs to be looked for. */
function surveyorFor(start: SurveyStart): { worker: URL; start: SurveyStart | CountStart } {
  const { source, out, bundle, cratesBaseUrl } = start.options;
  const { index, sample } = start;
  const isCounting = source.kind === 'index' && bundle === undefined && hasNoFiles(out);
  if (!isCounting || index === undefined) return { worker: SURVEYOR, start };
  return { worker: COUNTER, start: { index, includeYanked: source.includeYanked, cratesBaseUrl, sample } };
}

/** Loaded only where it is needed. */
async function heldBundles(directory: string, logger: Logger): Promise<readonly string[]> {
  const { presentBundles } = await import('@crates-mirror/bundle');
  const { membersDirectory } = mirrorHome(directory);
  const { ids, isLedgerDamaged } = await presentBundles(directory, membersDirectory);
  if (isLedgerDamaged)
    logger.warn(
      `${membersDirectory} is damaged: a run makes it anew from the manifests, and has less to download than is told here`,
    );
  return ids;
}
