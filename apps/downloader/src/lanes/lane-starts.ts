import { availableParallelism } from 'node:os';
import type { WritableBucket } from '@crates-mirror/bucket-writer';
import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import { budgetMemory } from '@crates-mirror/h2-get/budget';
import { startRequests } from '../concurrency/bounds.ts';
import { shareOf } from '../concurrency/share.ts';
import type { LaneBundling } from '../lane/options.ts';
import type { LaneStart } from '../lane/protocol.ts';

/** Additional threads would only wait for the network. */
const MAX_LANES = 4;

/** The parts of a lane's start parameters that do not come from the command line. */
export interface LaneSurroundings {
  readonly checksums: SharedArrayBuffer | undefined;
  readonly index: LaneStart['index'];
  readonly bundling: LaneBundling | undefined;
  readonly bucket: WritableBucket | undefined;
  readonly unchangedFile: string | undefined;
  readonly isTrial: boolean;
  /** Whether lanes start out held, without sending requests. */
  readonly isHeld: boolean;
  readonly selection: LaneStart['selection'];
  readonly sizes: LaneStart['sizes'];
}

/** Maximum number of concurrent requests at the start of a run. */
export function requestsAtStart({ concurrency, limitRate }: DownloaderOptions): number {
  return concurrency === 'auto' ? startRequests(limitRate) : concurrency;
}

/**
 * Returns the start parameters for one thread per core, up to the useful maximum. Requests in
 * progress and connections are divided among them.
 */
export function laneStarts(
  options: DownloaderOptions,
  { checksums, index, bundling, bucket, unchangedFile, isTrial, isHeld, selection, sizes }: LaneSurroundings,
): LaneStart[] {
  const isAdaptive = options.concurrency === 'auto';
  const limit = requestsAtStart(options);
  const { maxConnections } = options;
  const lanes = Math.min(availableParallelism(), MAX_LANES, limit, maxConnections);
  const budget = options.limitRate === undefined ? undefined : budgetMemory();
  const limits = { limit, rate: Number.POSITIVE_INFINITY };
  return Array.from({ length: lanes }, (_, lane) => {
    const own = shareOf(limits, lane, lanes).limit;
    return {
      options: {
        ...options,
        bundling,
        bucket,
        unchangedFile,
        isTrial,
        isWatched: options.listen !== undefined,
        concurrency: own,
        isAdaptive,
        maxConnections: shareOf({ ...limits, limit: maxConnections }, lane, lanes).limit,
      },
      checksums,
      isHeld,
      budget,
      index,
      selection,
      sizes,
    };
  });
}
