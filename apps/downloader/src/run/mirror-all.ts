import { countLater } from '@crates-mirror/crates-index/count';
import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import { CodedError, errorMessage } from '@crates-mirror/errors';
import { exactDuration, type Progress } from '@crates-mirror/progress';
import { RunLimits } from '../concurrency/run-limits.ts';
import { LanePool } from '../lanes/lane-pool.ts';
import { laneStarts } from '../lanes/lane-starts.ts';
import { UnchangedPieces } from '../lanes/unchanged-pieces.ts';
import { selectedCount } from '../plan/selected-count.ts';
import type { RunEnd } from '../report/summary.ts';
import { laneEvents } from './lane-events.ts';
import { openWindow } from './optional-parts.ts';
import type { RunDeps } from './run-deps.ts';
import { RunFailure } from './run-failure.ts';

const GO_ON = 'Put that right and run again: it goes on where it stopped';

/**
 * Has the lanes mirror everything in the plan, then removes the crate files that are no longer to
 * be mirrored.
 */
export async function mirrorAll(
  options: DownloaderOptions,
  checksums: SharedArrayBuffer | undefined,
  deps: RunDeps,
): Promise<RunEnd> {
  const { source, layout, shard } = options;
  const { plan, selection, tally, bundling, bucket, watch, removals, toolRun } = deps;
  const progress = toolRun.progress(() => tally.snapshot());
  const failure = new RunFailure(toolRun.logger);
  const { pool, window, unchanged } = await startLanes(options, checksums, deps, { failure, progress });
  watch?.attach(pool);
  bucket?.watch((error) => {
    failure.note(error);
    pool.stop();
  });
  const stopping = listenForStop(options, deps, () => {
    window?.stop();
    pool.stop();
  });
  const isCounted = progress.isShown || watch !== undefined;
  const counting = countLater(selectedCount(plan, selection, shard), isCounted, (total) => {
    tally.counted = total;
  });
  progress.start();
  let hasEnded = false;
  try {
    await pool.done();
    hasEnded = failure.message === undefined && !stopping.requested.aborted;
    await bundling
      ?.close()
      .catch((error: unknown) => failure.note({ message: errorMessage(error), hint: GO_ON }));
  } finally {
    window?.stop();
    unchanged?.close(hasEnded);
    counting.abort();
    progress.stop();
    stopping.isOver = true;
  }
  if (hasEnded && failure.message === undefined && source.kind === 'index')
    await bucket
      ?.publish({ source, selection, layout, shard, members: bundling?.forLanes }, stopping.requested)
      .catch((error: unknown) => noteFailure(failure, stopping, error));
  if (hasEnded && failure.message === undefined)
    tally.notRemoved = await removals?.finish(stopping.requested);
  return { interrupted: stopping.requested.aborted, fatal: failure.message };
}

/** An interruption is no failure. */
function noteFailure(failure: RunFailure, { requested }: Stopping, error: unknown): void {
  if (requested.aborted) return;
  const { message, hint = GO_ON } =
    error instanceof CodedError ? error : new CodedError('publish', errorMessage(error));
  failure.note({ message: `cannot publish the index: ${message}`, hint });
}

async function startLanes(
  options: DownloaderOptions,
  checksums: SharedArrayBuffer | undefined,
  deps: RunDeps,
  { failure, progress }: { readonly failure: RunFailure; readonly progress: Progress },
) {
  const { plan, selection, tally, bundling, bucket, sizes, firstLane, toolRun } = deps;
  const { logger } = toolRun;
  const unchanged = UnchangedPieces.open(options, selection, logger);
  const bundlesForLanes = bundling?.forLanes;
  const window =
    options.window && (await openWindow(options.window, tally, logger, (isHeld) => pool.setHeld(isHeld)));
  const starts = laneStarts(options, {
    checksums,
    index: plan.index,
    bundling: bundlesForLanes,
    bucket: bucket?.forLanes,
    unchangedFile: unchanged?.path,
    isTrial: false,
    isHeld: window?.state.isOpen === false,
    selection,
    sizes: sizes?.before,
  });
  const limits = new RunLimits({
    lanes: starts.length,
    limitRate: options.limitRate,
    logger,
    onShares: (shares) => pool.setLimits(shares),
    onLimit: (limit) => {
      tally.concurrency = limit;
    },
  });
  const stop = (): void => pool.stop();
  const events = laneEvents(deps, { unchanged, limits, failure, progress, stop });
  const pool = new LanePool(starts, events, firstLane);
  return { pool, window, unchanged };
}

interface Stopping {
  readonly requested: AbortSignal;
  /** Once the lanes have ended, a repeated signal has nothing to announce. */
  isOver: boolean;
}

function listenForStop(
  { idleTimeoutMs }: DownloaderOptions,
  { toolRun, watch }: RunDeps,
  stop: () => void,
): Stopping {
  const { logger } = toolRun;
  const requested = toolRun.listen(
    (signal) => {
      if (stopping.isOver) return;
      const patience = exactDuration(idleTimeoutMs);
      logger.info(
        `${signal}: finishing the work in progress, stalled requests for up to ${patience}; once more stops at once`,
      );
      watch?.stopping();
      stop();
    },
    () => logger.warn('stopped at once; the next run goes on from here'),
  );
  const stopping: Stopping = { requested, isOver: false };
  return stopping;
}
