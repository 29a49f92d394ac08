import { ExitCode } from '@crates-mirror/cli';
import { type DownloaderOptions, TOOL } from '@crates-mirror/downloader-options';
import { proxiesOf } from '@crates-mirror/http-client/proxies';
import { rememberSuccess } from '@crates-mirror/layout';
import { EarlyProblems, type Logger, problemReporter } from '@crates-mirror/logging';
import { type Run, withRun } from '@crates-mirror/tool-run';
import { requestsAtStart } from './lanes/lane-starts.ts';
import type { LaneThread } from './lanes/lane-thread.ts';
import { openMirror } from './mirror/open-mirror.ts';
import { reportSelectionChange } from './mirror/selection-change.ts';
import { type OpenPlan, openChecksums, openPlan } from './plan/open-plan.ts';
import type { Scrub } from './plan/scrub/scrub.ts';
import { isWholeIndex } from './plan/whole-index.ts';
import type { InputProblem } from './plan/work.ts';
import { beginRemovals } from './removal/begin-removals.ts';
import { exitCodeOf } from './report/exit-code.ts';
import { summaryJson, summaryText } from './report/summary.ts';
import { Tally } from './report/tally.ts';
import { closeRecords, storeManifest } from './run/close-records.ts';
import { completeScrub } from './run/complete-scrub.ts';
import { mirrorAll } from './run/mirror-all.ts';
import { openBucket, openBundles, openRetryList, openSizes, openWatch } from './run/optional-parts.ts';
import type { RunDeps } from './run/run-deps.ts';
import type { RunState } from './watch/run-status.ts';

const STATES: Readonly<Record<number, RunState>> = {
  [ExitCode.done]: 'done',
  [ExitCode.interrupted]: 'interrupted',
};

interface Input extends OpenPlan {
  readonly checksums: SharedArrayBuffer | undefined;
  readonly problems: EarlyProblems<InputProblem>;
  readonly firstLane: LaneThread | undefined;
}

/**
 * Runs the downloader once.
 *
 * @param firstLane a thread that was started ahead of time
 * @returns the exit code
 * @throws UsageError before anything is modified
 */
export async function run(options: DownloaderOptions, firstLane?: LaneThread): Promise<number> {
  const problems = new EarlyProblems<InputProblem>();
  const plan = await openPlan(options, problems.report);
  const checksums = await openChecksums(options.checksums);
  proxiesOf(process.env);
  const input = { ...plan, checksums: checksums?.memory, problems, firstLane };
  return withRun({ tool: 'downloader', ...options }, (toolRun) => mirror(options, input, toolRun));
}

async function mirror(options: DownloaderOptions, input: Input, toolRun: Run): Promise<number> {
  let state: RunState = 'failed';
  const deps = await openParts(options, input, toolRun, () => state);
  const { tally, bundling, remember } = deps;
  const closed = closeRecords(deps, await mirrorAll(options, input.checksums, deps));
  const end = options.shard === undefined ? closed : await storeManifest(deps, closed);
  const scrub = scrubOf(input);
  if (scrub !== undefined && end.fatal === undefined && !end.interrupted)
    completeScrub(scrub, tally, toolRun.logger);
  if (end.fatal === undefined && !end.interrupted && isWholeIndex(options)) await remember();
  const code = exitCodeOf(tally, end, options, toolRun.logger);
  if (code === ExitCode.done) rememberSuccess(options.out);
  state = STATES[code] ?? 'failed';
  const summarize = options.logFormat === 'json' ? summaryJson : summaryText;
  process.stdout.write(summarize(tally, options, end, bundling, scrub?.oldestVerification));
  return code;
}

/**
 * @param endState returns the state that the status page shows once the run has ended
 * @throws UsageError
 */
async function openParts(
  options: DownloaderOptions,
  input: Input,
  toolRun: Run,
  endState: () => RunState,
): Promise<RunDeps> {
  const { plan, selection, problems, firstLane } = input;
  const { logger } = toolRun;
  const { out, bundle, listen, verifyExisting } = options;
  const tally = new Tally(plan, requestsAtStart(options), options);
  const watch = listen && (await openWatch(listen, options, tally));
  toolRun.defer(() => watch?.close(endState()));
  const { manifest, made, release } = openMirror(options);
  toolRun.defer(release);
  const retryList = await openRetryList(options.retryOut);
  toolRun.defer(() => retryList?.close(false));
  const bucket = await openBucket(options, logger);
  toolRun.defer(() => bucket?.release());
  const isNew = bucket?.isNew ?? made.length > 0;
  if (isNew) (await import('./mirror/new-places.ts')).logNewPlaces(made, options, logger);
  const remember = await reportSelectionChange({
    out,
    selection,
    index: plan.index,
    logger,
    isNew,
    isRemoving: options.removals.action !== 'keep' && isWholeIndex(options),
    isRemembered: true,
  });
  warnOfMissingContact(options, logger);
  if (watch !== undefined) logger.info(`status page, metrics and profiles: http://${watch.authority}/`);
  const report = problemReporter(logger, (problem: InputProblem) => {
    retryList?.addProblem(problem);
    tally.problems += problem.count ?? 1;
  });
  problems.reportTo(report);
  const bundling =
    bundle &&
    (await openBundles(bundle, verifyExisting, options.cratesBaseUrl, scrubOf(input), bucket, logger));
  const heldBundles = bundling?.forLanes.held ?? [];
  const sizes = selection.rules.maxSize === undefined ? undefined : await openSizes(out);
  const removals = await beginRemovals(plan, selection, { options, heldBundles, manifest, logger });
  tally.removed = removals?.counts;
  return {
    plan,
    selection,
    tally,
    toolRun,
    manifest,
    bundling,
    bucket,
    watch,
    retryList,
    report,
    removals,
    sizes,
    remember,
    firstLane,
  };
}

function scrubOf({ plan }: OpenPlan): Scrub | undefined {
  return 'scrub' in plan ? plan.scrub : undefined;
}

function warnOfMissingContact({ cratesBaseUrl, userAgent, source }: DownloaderOptions, logger: Logger): void {
  if (source.kind !== 'index' || !/^https?:\/\/([^/]*\.)?crates\.io\//.test(`${cratesBaseUrl}/`)) return;
  if (userAgent !== TOOL) return;
  logger.warn('crates.io asks tools to say whom to write to: add --contact you@example.org');
}
