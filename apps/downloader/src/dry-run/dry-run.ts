import { randomInt } from 'node:crypto';
import { ExitCode, listenForShutdown } from '@crates-mirror/cli';
import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import { errorMessage } from '@crates-mirror/errors';
import { proxiesOf } from '@crates-mirror/http-client/proxies';
import { createLogger, type Logger, problemReporter, StatusLine } from '@crates-mirror/logging';
import { Progress } from '@crates-mirror/progress';
import { checkPlaces } from '../open-mirror.ts';
import { countLater, openChecksums, openPlan } from '../plan/open-plan.ts';
import type { InputProblem } from '../plan/work.ts';
import { recordFiles } from './known/record-files.ts';
import { learnSizes } from './known/record-sizes.ts';
import { SizeTable } from './known/size-table.ts';
import { dryRunJson, dryRunText } from './summary.ts';
import { SurveyRun } from './survey-run.ts';
import { SurveyTally } from './survey-tally.ts';

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
  const { logFormat: format, logLevel: level } = options;
  const status = new StatusLine();
  const logger = createLogger({ tool: 'downloader', format, level, output: status });
  const tally = new SurveyTally(plan);
  report = problemReporter(logger, ({ count = 1 }: InputProblem) => {
    tally.problems += count;
  });
  for (const problem of early) report(problem);
  const sample = { size: options.sizeSample, seed: options.sizeSeed ?? randomInt(2 ** 31) };
  const run = await SurveyRun.open({ options, checksums: checksums?.memory, sample, logger });
  const progress = new Progress({
    status,
    logger,
    intervalMs: options.progressInterval,
    every: options.progressEvery,
    snapshot: () => tally.snapshot(),
  });
  const shutdown = listenForShutdown(
    () => run.stop(),
    () => {},
  );
  const { requested } = shutdown;
  const counting = countLater(plan, progress.isShown, (total) => {
    tally.counted = total;
  });
  progress.start();
  try {
    const records = await recordFiles(options);
    const table = new SizeTable();
    const onProgress = (): void => progress.advanced();
    await run.look(plan, tally, {
      sizes: records.length > 0 ? 'wanted' : 'none',
      report: (problem) => report(problem),
      onUnknown: (words) => table.expect(words),
      onProgress,
    });
    if (!requested.aborted && (await learnAll(records, table, logger, requested))) {
      const again = await openPlan(options, () => {});
      tally.startAgain(again);
      await run.look(again, tally, {
        sizes: table.memory,
        report: () => {},
        onUnknown: () => {},
        onProgress,
      });
    }
    if (run.sampled.length > 0 && !requested.aborted) {
      const { sizeRun } = await import('./sizing/size-run.ts');
      tally.sizing = await sizeRun(run.sampled, tally.survey, sample.seed, options, requested);
    }
  } finally {
    counting.abort();
    progress.stop();
    shutdown.dispose();
  }
  if (requested.aborted) return ExitCode.interrupted;
  process.stdout.write((format === 'json' ? dryRunJson : dryRunText)(tally, options));
  return tally.problems > 0 ? ExitCode.failed : ExitCode.done;
}

/** Reads manifests for sizes that nothing else tells. @returns whether they tell any */
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
