import { ExitCode } from '@crates-mirror/cli';
import type { CrateFiles, LostBundles } from '@crates-mirror/crate-files';
import { errorMessage, isFatalWrite, writeHint } from '@crates-mirror/errors';
import { liveIndex } from '@crates-mirror/sparse-index';
import { type Run, withRun } from '@crates-mirror/tool-run';
import { openMirror } from '../open-mirror.ts';
import type { ExportOptions } from '../options.ts';
import { openDirectoryTarget } from './directory-target.ts';
import { Exporter } from './exporter.ts';
import { MirrorRepair } from './mirror-repair.ts';
import { MissingReasons } from './missing-reasons.ts';
import { ProblemLog } from './problem-log.ts';
import type { OpenTarget } from './site-target.ts';
import { type ExportEnd, summaryJson, summaryText } from './summary.ts';
import { Tally } from './tally.ts';

/** Runs one export. @returns the exit code. @throws UsageError before anything is changed */
export function runExport(options: ExportOptions): Promise<number> {
  return withRun({ tool: 'mirror-server', ...options }, (run) => exportMirror(options, run));
}

async function exportMirror(options: ExportOptions, run: Run): Promise<number> {
  const { logger } = run;
  const tally = new Tally();
  const problems = new ProblemLog(tally, logger);
  const onNote = (message: string): void => logger.warn(message);
  const { files, layout, source, policy } = await openMirror(options, onNote, problems.onDamage);
  const reasons = new MissingReasons(layout, options.manifest);
  const site = await openTarget(options, files);
  run.defer(() => site.release());
  if (site.newPlace !== undefined) logger.info(site.newPlace);
  const { repair: isRepairing, mirror } = options;
  const repair = isRepairing && mirror !== undefined ? MirrorRepair.open(mirror, layout) : undefined;
  run.defer(() => repair?.release());
  run.defer(() => files.close());
  const requested = run.listen(
    (signal) => logger.info(`${signal}: finishing the crates under way; once more stops at once`),
    () => {
      site.releaseNow();
      repair?.release();
    },
  );
  const progress = run.progress(() => tally.snapshot());
  const exporter = new Exporter({
    site: site.target,
    source,
    index: await liveIndex(source, false),
    files,
    policy: await policy.current(),
    repair,
    reasons,
    tally,
    problems,
    isStopped: () => requested.aborted,
    onProgress: () => progress.advanced(),
  });
  progress.start();
  const end = await carryOut(exporter, options, tally, files, problems);
  progress.stop();
  problems.finish();
  if (end.fatal !== undefined) logger.error(end.fatal);
  process.stdout.write((options.logFormat === 'json' ? summaryJson : summaryText)(tally, options, end));
  if (end.interrupted) return ExitCode.interrupted;
  const isFailed = end.fatal !== undefined || tally.problems > 0 || tally.isLosing || tally.isDamaged;
  return isFailed ? ExitCode.failed : ExitCode.done;
}

/** Loads the object store's client only if it is needed. */
async function openTarget(options: ExportOptions, files: CrateFiles): Promise<OpenTarget> {
  const { bucket, out, indexDir, mirror, bundlesDir, requireExisting } = options;
  const sources = [indexDir, mirror, bundlesDir].filter((path) => path !== undefined);
  if (bucket === undefined)
    return openDirectoryTarget(out, options.files === 'link', sources, requireExisting, files);
  const { openBucketTarget } = await import('./bucket/open-bucket-target.ts');
  return openBucketTarget(bucket, sources, requireExisting, files);
}

/** Why a site would have no crate file. */
function whyNothing({ missing, lost, damaged, gone, failed }: Tally): string {
  if (missing + lost + damaged.files + gone.files + failed > 0)
    return 'the mirror holds no crate file that the index names';
  return 'no version of the index is selected (check --index-dir and the options that select crates)';
}

async function carryOut(
  exporter: Exporter,
  options: ExportOptions,
  tally: Tally,
  files: CrateFiles,
  problems: ProblemLog,
): Promise<ExportEnd> {
  const stopped = (why: string): ExportEnd => ({ interrupted: false, fatal: `${why}: nothing is published` });
  try {
    await exporter.removeDenied();
    await files.refresh(0);
    if (files.failure !== undefined) return stopped(files.failure);
    tally.lostBundles = await files.lostBundles();
    if (!(await exporter.placeFiles())) return { interrupted: true, fatal: undefined };
    if (tally.versions === 0) return stopped(whyNothing(tally));
    const trouble = await bundleTrouble(files, tally.lostBundles);
    if (trouble !== undefined) return stopped(trouble);
    const withdrawals = await exporter.collectWithdrawn();
    const isKeeping = options.onRemoved === 'keep';
    const isPruning = options.prune && tally.isSure;
    const excess = isKeeping ? undefined : withdrawals.excessOver(options.maxRemovals, isPruning);
    if (excess !== undefined) return stopped(excess);
    await exporter.publish(options.publicUrl);
    const removed = isKeeping ? [] : await withdrawals.remove();
    problems.onWithdrawn(withdrawals.found, removed);
    await exporter.handleOrphans(options.prune);
    return { interrupted: false, fatal: undefined };
  } catch (error) {
    return { interrupted: false, fatal: whyNotOn(error, options.out) };
  }
}

function whyNotOn(error: unknown, out: string): string {
  const { hint } = writeHint(error);
  const what = isFatalWrite(error) ? `cannot write ${out}` : 'cannot go on';
  return `${what}: ${errorMessage(error)}${hint === undefined ? '' : `. ${hint}`}`;
}

/**
 * Reports bundles that were lost since the export began. Their members would be left out of the
 * index.
 */
async function bundleTrouble(files: CrateFiles, before: LostBundles): Promise<string | undefined> {
  await files.refresh(0);
  if (files.failure !== undefined) return files.failure;
  const { names } = await files.lostBundles();
  const gone = names.find((name) => !before.names.includes(name));
  return gone === undefined ? undefined : `${gone} was lost while its crate files were exported`;
}
