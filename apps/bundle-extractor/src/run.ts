import { PathSet } from '@crates-mirror/bundle/path-set';
import { ExitCode } from '@crates-mirror/cli';
import { describeError, errorMessage, FatalError } from '@crates-mirror/errors';
import { breathe, LooseTree, type ReadMember, receive } from '@crates-mirror/loose-tree';
import type { Progress } from '@crates-mirror/progress';
import { type Run, withRun } from '@crates-mirror/tool-run';
import { type FoundBundle, findBundles } from './find-bundles.ts';
import { list } from './list.ts';
import { mayHold, membersOf } from './members.ts';
import type { ExtractorOptions } from './options.ts';
import { type FailureNote, Report } from './report.ts';
import { type RunEnd, summaryJson, summaryText } from './summary.ts';
import { Withdrawn } from './withdrawn.ts';

/**
 * Runs the extractor once.
 *
 * @returns the exit code
 * @throws UsageError before anything is modified
 */
export async function run(options: ExtractorOptions): Promise<number> {
  const { action, bundlesDir, pattern } = options;
  const found = findBundles(bundlesDir, pattern);
  const withdrawn = new Withdrawn(bundlesDir);
  const tree = action === 'extract' ? LooseTree.open(options.out, options.overwrite, bundlesDir) : undefined;
  return withRun({ tool: 'bundle-extractor', ...options }, (run) =>
    carryOut(options, found, { withdrawn, tree }, run),
  );
}

async function carryOut(
  options: ExtractorOptions,
  { bundles, missing, unfinished }: ReturnType<typeof findBundles>,
  { withdrawn, tree }: Pick<Deps, 'withdrawn' | 'tree'>,
  run: Run,
): Promise<number> {
  const { action, crate } = options;
  const { logger } = run;
  const report = new Report(totalOf(bundles, options), logger);
  for (const name of unfinished)
    logger.warn(`${name} is unfinished and not read: the downloader finishes it`);
  for (const one of missing) if (mayHold(one, crate)) report.fail(one.name, one.why);
  const requested = run.listen((signal) =>
    logger.info(`${signal}: finishing the file under way; once more stops at once`),
  );
  const isStopped = (): boolean => requested.aborted;
  const progress = run.progress(() => report.snapshot());
  if (action !== 'list') progress.start();
  let fatal: string | undefined;
  let ledgerFailure: FailureNote | undefined;
  try {
    if (action === 'list') await list(bundles, { wanted: crate, withdrawn }, report, isStopped);
    else fatal = await eachMember(bundles, options, report, { tree, withdrawn, progress, isStopped });
  } finally {
    progress.stop();
    ledgerFailure = tree?.close();
  }
  if (fatal !== undefined) logger.error(fatal);
  else if (ledgerFailure !== undefined) report.fail(ledgerFailure.where, ledgerFailure.message);
  return conclude(report, options, { interrupted: isStopped(), fatal, bundles: bundles.length });
}

/** Prints the summary, except after a complete list. @returns the exit code */
function conclude(report: Report, options: ExtractorOptions, end: RunEnd): number {
  const { action, crate, logFormat } = options;
  const isNothingFound = crate !== undefined && report.processed === 0 && !end.interrupted;
  if (action !== 'list' || report.failed > 0 || isNothingFound) {
    const output = action === 'list' ? process.stderr : process.stdout;
    output.write((logFormat === 'json' ? summaryJson : summaryText)(report, options, end));
  }
  if (end.interrupted) return ExitCode.interrupted;
  return report.failed > 0 || end.fatal !== undefined || isNothingFound ? ExitCode.failed : ExitCode.done;
}

interface Deps {
  readonly tree: LooseTree | undefined;
  readonly withdrawn: Withdrawn;
  readonly progress: Progress;
  readonly isStopped: () => boolean;
}

/**
 * Extracts or verifies all selected members.
 *
 * @returns the error that ended the run early, in one line
 */
async function eachMember(
  bundles: readonly FoundBundle[],
  { crate, action }: ExtractorOptions,
  report: Report,
  { tree, withdrawn, progress, isStopped }: Deps,
): Promise<string | undefined> {
  const isVerifying = action === 'verify';
  const met = new PathSet();
  for (const bundle of bundles) {
    if (isVerifying && bundle.manifest === undefined)
      report.fail(bundle.name, 'has no manifest, so that its members can be read but not verified');
    for await (const member of membersOf(bundle, { wanted: crate, isVerifying }, report)) {
      await breathe();
      if (isStopped()) return undefined;
      if (!isVerifying && met.has(member.path)) {
        report.superseded += 1;
        continue;
      }
      if (!isVerifying && withdrawn.has(member.path, member.expected?.sha256)) {
        report.withdrawn += 1;
        met.add(member.path);
        continue;
      }
      try {
        await complete(member, tree, report);
        met.add(member.path);
      } catch (error) {
        report.fail(`${bundle.name}: ${member.path}`, errorMessage(error));
        if (error instanceof FatalError) return describeError(error);
      }
      progress.advanced();
    }
  }
  return undefined;
}

async function complete(member: ReadMember, tree: LooseTree | undefined, report: Report): Promise<void> {
  if (tree !== undefined && !(await tree.put(member))) {
    report.existing += 1;
    return;
  }
  if (tree === undefined) await receive(member, () => {});
  report.done += 1;
  report.bytes += member.size;
}

/** The total number of members, if the catalog has all of them. */
function totalOf(bundles: readonly FoundBundle[], { crate }: ExtractorOptions): number | undefined {
  if (crate !== undefined) return undefined;
  return bundles.reduce<number | undefined>(
    (sum, { entries }) => (sum === undefined || entries === undefined ? undefined : sum + entries),
    0,
  );
}
