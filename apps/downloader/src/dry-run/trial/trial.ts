import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import type { Logger } from '@crates-mirror/logging';
import { plainSelection } from '@crates-mirror/selection/selector';
import { RunLimits } from '../../concurrency/run-limits.ts';
import { LanePool } from '../../lanes/lane-pool.ts';
import { laneStarts } from '../../lanes/lane-starts.ts';
import { ChecksumTable } from '../../plan/checksum-table.ts';
import { checksumKey } from '../../plan/checksums-file.ts';
import type { Work } from '../../plan/work.ts';
import type { Candidate } from '../sizing/candidate.ts';
import { MAX_TRIAL_FILES } from './limits.ts';
import { type MeasuredRate, RateMeter } from './rate-meter.ts';

/** Limits of a trial, whatever the line, besides {@link MAX_TRIAL_FILES}. */
const MAX_BYTES = 64 << 20;
const MAX_MS = 5000;
/** Time allowed for requests in progress at the end; the rest are cancelled. */
const MAX_DRAIN_MS = 1000;
/** Maximum fraction of the files to download that a trial fetches. */
const MAX_SHARE = 1 / 20;
/** With fewer files, the duration does not need to be predicted. */
const MIN_TO_DOWNLOAD = 100;
/** Few enough for an even distribution, and enough that a lane never waits for work. */
const LINES_PER_PIECE = 16;

export interface TrialOptions {
  readonly options: DownloaderOptions;
  /** In the order in which they are fetched. */
  readonly candidates: readonly Candidate[];
  /** Number of crate files that the run would download. */
  readonly toDownload: number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Fetches some crate files as a run would, with the same number of threads and concurrent requests,
 * and discards them.
 *
 * @returns the download rate; undefined if there is too little to download or no file arrived
 */
export async function tryRate({
  options,
  candidates,
  toDownload,
  logger,
  signal,
}: TrialOptions): Promise<MeasuredRate | undefined> {
  const files = toDownload < MIN_TO_DOWNLOAD ? 0 : Math.floor(toDownload * MAX_SHARE);
  const chosen = candidates.slice(0, Math.min(files, MAX_TRIAL_FILES));
  if (chosen.length === 0 || signal.aborted) return undefined;
  const pieces = piecesOf(chosen);
  const starts = laneStarts(
    { ...options, source: { kind: 'list', file: '' }, bundle: undefined },
    {
      checksums: checksumsOf(chosen).memory,
      index: undefined,
      bundling: undefined,
      bucket: undefined,
      unchangedFile: undefined,
      selection: plainSelection(true),
      sizes: undefined,
      isTrial: true,
      isHeld: false,
    },
  );
  const limits = new RunLimits({
    lanes: starts.length,
    limitRate: options.limitRate,
    logger,
    onShares: (shares) => pool.setLimits(shares),
    onLimit: () => {},
  });
  const meter = new RateMeter(chosen.length);
  const pool = new LanePool(starts, {
    nextWork: () => {
      // The startup time of threads must not affect the measured rate.
      meter.begin(performance.now());
      timer ??= setTimeout(stop, MAX_MS);
      return pieces.next().value;
    },
    onCompleted: ({ counts }) => {
      const { downloaded, missingUpstream, failed, bytes } = counts;
      meter.add({ files: downloaded, missing: missingUpstream, failed, bytes }, performance.now());
      if (meter.bytes >= MAX_BYTES) stop();
    },
    onGroup: () => Promise.reject(new Error('a bundle in a trial')),
    onFatal: () => {},
    onUpstream: () => {},
    onTraffic: (lane, traffic) => limits.add(lane, traffic),
    onUnchanged: () => {},
  });
  let timer: NodeJS.Timeout | undefined;
  let cut: NodeJS.Timeout | undefined;
  const stop = (): void => {
    meter.end();
    pool.stop();
    cut ??= setTimeout(() => void pool.terminate(), MAX_DRAIN_MS);
  };
  signal.addEventListener('abort', stop);
  try {
    await pool.done();
    return meter.rate;
  } finally {
    clearTimeout(timer);
    clearTimeout(cut);
    signal.removeEventListener('abort', stop);
  }
}

function* piecesOf(candidates: readonly Candidate[]): Generator<Work, undefined> {
  for (let start = 0; start < candidates.length; start += LINES_PER_PIECE) {
    const some = candidates.slice(start, start + LINES_PER_PIECE);
    yield {
      kind: 'list',
      lines: some.map(({ url, name, version }, i) => ({ number: start + i + 1, url, name, version })),
    };
  }
  return undefined;
}

function checksumsOf(candidates: readonly Candidate[]): ChecksumTable {
  const table = new ChecksumTable();
  for (const { url, sha256 } of candidates)
    if (sha256 !== undefined) table.set(checksumKey(new URL(url)), sha256);
  return table;
}
