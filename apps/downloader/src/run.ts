import { resolve } from 'node:path';
import { ExitCode, listenForShutdown } from '@crates-mirror/cli';
import { countLater } from '@crates-mirror/crates-index/count';
import { type BundleOptions, type DownloaderOptions, TOOL } from '@crates-mirror/downloader-options';
import { CodedError, describeError, errorCode, errorMessage, writeHint } from '@crates-mirror/errors';
import { proxiesOf } from '@crates-mirror/http-client/proxies';
import type { ListenAddress } from '@crates-mirror/http-server';
import { mirrorHome, rememberSuccess } from '@crates-mirror/layout';
import { createLogger, type Logger, problemReporter, StatusLine } from '@crates-mirror/logging';
import type { ManifestWriter } from '@crates-mirror/manifest/writer';
import { exactDuration, formatBytes, Progress } from '@crates-mirror/progress';
import type { SelectionData } from '@crates-mirror/selection/selector';
import type { Bundling } from './bundling.ts';
import { RunLimits } from './concurrency/run-limits.ts';
import { exitCodeOf } from './exit-code.ts';
import type { BundleGroup } from './lane/protocol.ts';
import type { SettledBatch } from './lane/report/settled-batch.ts';
import { LanePool } from './lane-pool.ts';
import { laneStarts, requestsAtStart } from './lane-starts.ts';
import type { LaneThread } from './lane-thread.ts';
import type { LearntSizes } from './learnt-sizes.ts';
import { type OpenMirror, openMirror } from './open-mirror.ts';
import { openChecksums, openPlan } from './plan/open-plan.ts';
import { completeScrub } from './plan/scrub/complete-scrub.ts';
import type { Scrub } from './plan/scrub/scrub.ts';
import { selectedCount } from './plan/selected-count.ts';
import { isWholeIndex } from './plan/whole-index.ts';
import type { InputProblem, Plan } from './plan/work.ts';
import { beginRemovals, type Removals } from './removal/begin-removals.ts';
import type { RetryList } from './retry-list.ts';
import { tellSelectionChange } from './selection-change.ts';
import { type RunEnd, summaryJson, summaryText } from './summary.ts';
import { Tally } from './tally.ts';
import { UnchangedPieces } from './unchanged-pieces.ts';
import { UpstreamLog } from './upstream-log.ts';
import type { RunState } from './watch/run-status.ts';
import type { Watch } from './watch/watch.ts';
import type { followWindow } from './window/follow-window.ts';
import type { RunWindow } from './window/run-window.ts';

const STATES: Readonly<Record<number, RunState>> = {
  [ExitCode.done]: 'done',
  [ExitCode.interrupted]: 'interrupted',
};
const GO_ON = 'Put that right and run again: it goes on where it stopped';

/**
 * One run of the downloader. @returns the exit code
 *
 * @param firstLane a thread that was started ahead
 * @throws UsageError before anything is touched
 */
export async function run(options: DownloaderOptions, firstLane?: LaneThread): Promise<number> {
  const problems: InputProblem[] = [];
  let report = (problem: InputProblem): void => void problems.push(problem);
  const { plan, selection } = await openPlan(options, (problem) => report(problem));
  const checksums = await openChecksums(options.checksums);
  proxiesOf(process.env);
  const status = new StatusLine();
  const logger = createLogger({
    tool: 'downloader',
    format: options.logFormat,
    level: options.logLevel,
    output: status,
    file: options.logPath,
  });
  const tally = new Tally(plan, requestsAtStart(options), options);
  const scrub = 'scrub' in plan ? plan.scrub : undefined;
  const watch = options.listen && (await openWatch(options.listen, options, tally));
  let mirror: OpenMirror | undefined;
  let retryList: RetryList | undefined;
  let state: RunState = 'failed';
  try {
    mirror = openMirror(options);
    if (options.retryOut !== undefined)
      retryList = new (await import('./retry-list.ts')).RetryList(options.retryOut);
    if (mirror.made.length > 0) (await import('./new-places.ts')).logNewPlaces(mirror.made, logger);
    const isNew = mirror.made.length > 0;
    const remember = await tellSelectionChange({
      out: options.out,
      selection,
      index: plan.index,
      logger,
      isNew,
      isRemembered: true,
    });
    warnOfMissingContact(options, logger);
    if (watch !== undefined) logger.info(`status page, metrics and profiles: http://${watch.authority}/`);
    report = problemReporter(logger, (problem: InputProblem) => {
      retryList?.addProblem(problem);
      tally.problems += problem.count ?? 1;
    });
    for (const problem of problems) report(problem);
    const { bundle, verifyExisting } = options;
    const bundling = bundle && (await openBundles(bundle, verifyExisting, scrub, logger));
    const { manifest } = mirror;
    const heldBundles = bundling?.forLanes.held ?? [];
    const sizes = selection.rules.maxSize === undefined ? undefined : await openSizes(options.out);
    const removals = await beginRemovals(plan, selection, { options, heldBundles, manifest, logger });
    tally.removed = removals?.counts;
    const parts = {
      plan,
      selection,
      tally,
      status,
      logger,
      manifest,
      bundling,
      watch,
      retryList,
      report,
      removals,
      sizes,
      firstLane,
    };
    const end = closeRecords(parts, await mirrorAll(options, checksums?.memory, parts));
    const summarize = options.logFormat === 'json' ? summaryJson : summaryText;
    if (scrub !== undefined && end.fatal === undefined && !end.interrupted)
      completeScrub(scrub, tally, logger);
    if (end.fatal === undefined && !end.interrupted && isWholeIndex(options)) await remember();
    const code = exitCodeOf(tally, end, options, logger);
    if (code === ExitCode.done) rememberSuccess(options.out);
    state = STATES[code] ?? 'failed';
    process.stdout.write(summarize(tally, options, end, bundling, scrub?.oldestVerification));
    return code;
  } finally {
    retryList?.close(false);
    await watch?.close(state);
    mirror?.release();
  }
}

/** Loaded only where it is needed. */
async function openWindow(...parameters: Parameters<typeof followWindow>): Promise<RunWindow> {
  const { followWindow } = await import('./window/follow-window.ts');
  return followWindow(...parameters);
}

/** Loaded only where it is needed. */
async function openWatch(address: ListenAddress, options: DownloaderOptions, tally: Tally): Promise<Watch> {
  const { Watch } = await import('./watch/watch.ts');
  return Watch.open(address, options, tally);
}

/** Loaded only where it is needed. */
async function openBundles(
  options: BundleOptions,
  verifyAll: boolean,
  scrub: Scrub | undefined,
  logger: Logger,
): Promise<Bundling> {
  const { Bundling } = await import('./bundling.ts');
  try {
    return await Bundling.open(options, verifyAll, scrub && ((bundle) => scrub.isDue(bundle)), logger);
  } catch (error) {
    const { hint } = writeHint(error);
    // Of a write that failed, the system's own error tells no path.
    if (hint === undefined || !(error instanceof Error && 'errno' in error)) throw error;
    throw new CodedError(
      errorCode(error),
      `--bundles-out: cannot write to ${options.directory}: ${errorMessage(error)}`,
      { hint, cause: error },
    );
  }
}

/** Loaded only where it is needed. @throws the system's error */
async function openSizes(out: string): Promise<LearntSizes> {
  const { LearntSizes } = await import('./learnt-sizes.ts');
  return new LearntSizes(mirrorHome(resolve(out)).sizesFile);
}

interface RunParts {
  readonly plan: Plan;
  readonly selection: SelectionData;
  readonly tally: Tally;
  readonly status: StatusLine;
  readonly logger: Logger;
  readonly manifest: ManifestWriter;
  readonly bundling: Bundling | undefined;
  readonly watch: Watch | undefined;
  readonly retryList: RetryList | undefined;
  readonly report: (problem: InputProblem) => void;
  readonly removals: Removals | undefined;
  /** Of a run that leaves out what is too large. */
  readonly sizes: LearntSizes | undefined;
  readonly firstLane: LaneThread | undefined;
}

/** Completes what tells of the run. @returns how it has ended when that fails too */
function closeRecords({ manifest, retryList, sizes, logger }: RunParts, end: RunEnd): RunEnd {
  try {
    sizes?.close();
    closeManifest(manifest);
    retryList?.close(!end.interrupted && end.fatal === undefined);
    return end;
  } catch (error) {
    logger.error(describeError(error));
    return { ...end, fatal: end.fatal ?? errorMessage(error) };
  }
}

function closeManifest(manifest: ManifestWriter): void {
  try {
    manifest.close();
  } catch (error) {
    throw cannotWrite(manifest, error);
  }
}

function cannotWrite({ path }: ManifestWriter, error: unknown): CodedError {
  return new CodedError(errorCode(error), `cannot write ${path}: ${errorMessage(error)}`, writeHint(error));
}

async function mirrorAll(
  options: DownloaderOptions,
  checksums: SharedArrayBuffer | undefined,
  {
    plan,
    selection,
    tally,
    status,
    logger,
    manifest,
    bundling,
    watch,
    retryList,
    report,
    removals,
    sizes,
    firstLane,
  }: RunParts,
): Promise<RunEnd> {
  const progress = new Progress({
    status,
    logger,
    intervalMs: options.progressInterval,
    every: options.progressEvery,
    snapshot: () => tally.snapshot(),
  });
  let fatal: string | undefined;
  const onFatal = (error: { message: string; hint: string | undefined }): void => {
    fatal = error.message;
    logger.error(error.hint === undefined ? error.message : `${error.message}. ${error.hint}`);
  };
  const onSettled = (batch: SettledBatch): void => {
    tally.add(batch);
    watch?.settled(batch);
    for (const problem of batch.problems) report(problem);
    for (const path of batch.damaged)
      logger.warn(`${path} is damaged: its bytes are not those that were verified. It is fetched anew`);
    for (const { url, from, size } of batch.resumed)
      logger.debug(
        { url, from, size },
        `resumed: ${formatBytes(from)} of ${formatBytes(size)} did not come again`,
      );
    for (const { url, code, message } of batch.failures) logger.debug({ url, code }, `failed: ${message}`);
    try {
      const startedAt = performance.now();
      sizes?.add(batch.learntSizes);
      manifest.append(batch.records);
      watch?.manifestWritten(performance.now() - startedAt);
    } catch (error) {
      if (fatal === undefined) onFatal(cannotWrite(manifest, error));
      pool.stop();
    }
    retryList?.add(batch.retryLines);
    progress.advanced();
  };
  const onGroup = (group: BundleGroup): Promise<string> => {
    if (bundling === undefined) throw new Error('a bundle without --bundle');
    return bundling.append(group);
  };
  const unchanged = UnchangedPieces.open(options, selection, logger);
  const bundlesForLanes = bundling?.forLanes;
  const window =
    options.window && (await openWindow(options.window, tally, logger, (isHeld) => pool.setHeld(isHeld)));
  const surroundings = {
    checksums,
    index: plan.index,
    bundling: bundlesForLanes,
    unchangedFile: unchanged?.path,
    isTrial: false,
    isHeld: window?.state.isOpen === false,
    selection,
    sizes: sizes?.before,
  };
  const starts = laneStarts(options, surroundings);
  const limits = new RunLimits({
    lanes: starts.length,
    limitRate: options.limitRate,
    logger,
    onShares: (shares) => pool.setLimits(shares),
    onLimit: (limit) => {
      tally.concurrency = limit;
    },
  });
  const upstreamLog = new UpstreamLog(logger);
  const pool = new LanePool(
    starts,
    {
      nextWork: () => (unchanged === undefined ? plan.next() : unchanged.attach(plan.next())),
      onSettled,
      onGroup,
      onFatal,
      onUpstream: (event) => {
        tally.upstream.note(event);
        upstreamLog.note(event);
      },
      onTraffic: (lane, traffic) => limits.add(lane, traffic),
      onUnchanged: (piece) => unchanged?.note(piece),
    },
    firstLane,
  );
  watch?.attach(pool);
  let isOver = false;
  // Never disposed of: a parent may pass on a Ctrl-C once more while the run says how it has ended and tidies up.
  const shutdown = listenForShutdown(
    (signal) => {
      if (isOver) return;
      const patience = exactDuration(options.idleTimeoutMs);
      logger.info(
        `${signal}: finishing what is under way, stalled requests for up to ${patience}; once more stops at once`,
      );
      watch?.stopping();
      window?.stop();
      pool.stop();
    },
    () => logger.warn('stopped at once; the next run goes on from here'),
  );
  const counting = countLater(
    selectedCount(plan, selection),
    progress.isShown || watch !== undefined,
    (total) => {
      tally.counted = total;
    },
  );
  progress.start();
  let hasEnded = false;
  try {
    await pool.done();
    hasEnded = fatal === undefined && !shutdown.requested.aborted;
    await bundling?.close().catch((error: unknown) => onFatal({ message: errorMessage(error), hint: GO_ON }));
  } finally {
    window?.stop();
    unchanged?.close(hasEnded);
    counting.abort();
    progress.stop();
    isOver = true;
  }
  if (hasEnded && fatal === undefined) tally.notRemoved = await removals?.finish(shutdown.requested);
  return { interrupted: shutdown.requested.aborted, fatal };
}

function warnOfMissingContact({ cratesBaseUrl, userAgent, source }: DownloaderOptions, logger: Logger): void {
  if (source.kind !== 'index' || !/^https?:\/\/([^/]*\.)?crates\.io\//.test(`${cratesBaseUrl}/`)) return;
  if (userAgent !== TOOL) return;
  logger.warn('crates.io asks tools to say whom to write to: add --contact you@example.org');
}
