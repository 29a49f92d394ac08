import type { Progress } from '@crates-mirror/progress';
import type { RunLimits } from '../concurrency/run-limits.ts';
import type { CompletedBatch } from '../lane/report/completed-batch.ts';
import type { LanePoolEvents } from '../lanes/lane-pool.ts';
import type { UnchangedPieces } from '../lanes/unchanged-pieces.ts';
import { UpstreamLog } from '../report/upstream-log.ts';
import { cannotWrite } from './close-records.ts';
import { countBatch, recordBatch } from './record-batch.ts';
import type { RunDeps } from './run-deps.ts';
import type { RunFailure } from './run-failure.ts';

interface LaneEventDeps {
  readonly unchanged: UnchangedPieces | undefined;
  readonly limits: RunLimits;
  readonly failure: RunFailure;
  readonly progress: Progress;
  /** Stops starting new work. */
  readonly stop: () => void;
}

/** Routes each kind of report from the lanes to its recipient. */
export function laneEvents(
  deps: RunDeps,
  { unchanged, limits, failure, progress, stop }: LaneEventDeps,
): LanePoolEvents {
  const { plan, tally, manifest, bundling, retryList, toolRun } = deps;
  const upstreamLog = new UpstreamLog(toolRun.logger);
  const onCompleted = (batch: CompletedBatch): void => {
    countBatch(batch, deps);
    try {
      recordBatch(batch, deps);
    } catch (error) {
      if (failure.message === undefined) failure.note(cannotWrite(manifest, error));
      stop();
    }
    retryList?.add(batch.retryLines);
    progress.advanced();
  };
  return {
    nextWork: () => (unchanged === undefined ? plan.next() : unchanged.attach(plan.next())),
    onCompleted,
    onGroup: (group) => {
      if (bundling === undefined) throw new Error('a bundle without --bundle');
      return bundling.append(group);
    },
    onFatal: (error) => failure.note(error),
    onUpstream: (event) => {
      tally.upstream.note(event);
      upstreamLog.note(event);
    },
    onTraffic: (lane, traffic) => limits.add(lane, traffic),
    onUnchanged: (piece) => unchanged?.note(piece),
  };
}
