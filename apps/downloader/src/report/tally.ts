import { DEFAULT_CONNECTIONS, type DownloaderOptions } from '@crates-mirror/downloader-options';
import type { ProgressSnapshot } from '@crates-mirror/progress';
import {
  addCounts,
  type CompletedBatch,
  type Counts,
  type FailureNote,
  inPlace,
  noCounts,
  processed,
} from '../lane/report/completed-batch.ts';
import type { Plan } from '../plan/work.ts';
import type { RemovedCounts } from '../removal/removed-counts.ts';
import type { WindowState } from '../window/run-window.ts';
import { clockText } from '../window/window-text.ts';
import { UpstreamState } from './upstream-state.ts';

const MAX_FAILURES_KEPT = 5;

type Limits = Pick<DownloaderOptions, 'limitRate' | 'maxConnections'>;

/** Everything counted in one run, and the figures derived from it. */
export class Tally {
  readonly counts: Counts = noCounts();
  readonly firstFailures: FailureNote[] = [];
  /** Index lines, URLs and other input that could not be used. */
  problems = 0;
  /**
   * Number of crate files in the plan. They are counted concurrently with the run; undefined until
   * that is done.
   */
  counted: number | undefined;
  /**
   * Counts of removed crate files that are no longer to be mirrored; undefined if the run has not
   * searched for them.
   */
  removed: RemovedCounts | undefined;
  /** Why files that should have been removed are still there. */
  notRemoved: string | undefined;
  readonly upstream = new UpstreamState();
  /** Current maximum number of concurrent requests. */
  concurrency: number;
  readonly limitRate: number | undefined;
  /** Undefined if requests may be sent at any time. */
  window: WindowState | undefined;
  readonly startedAt = performance.now();
  /** From the same clock as the timestamps of records. */
  readonly startTime = new Date();
  readonly #plan: Plan;
  readonly #maxConnections: number | undefined;
  #found = 0;
  #units = 0;

  /** @param limits the limits that apply at all times */
  constructor(plan: Plan, concurrency: number, { limitRate, maxConnections }: Partial<Limits> = {}) {
    this.#plan = plan;
    this.limitRate = limitRate;
    this.#maxConnections = maxConnections;
    this.concurrency = concurrency;
  }

  add(batch: CompletedBatch): void {
    addCounts(this.counts, batch.counts);
    this.#found += batch.found;
    this.#units += batch.units;
    this.firstFailures.push(...batch.failures.slice(0, MAX_FAILURES_KEPT - this.firstFailures.length));
  }

  get elapsedMs(): number {
    return performance.now() - this.startedAt;
  }

  snapshot(): ProgressSnapshot {
    const { total, isExact } = this.#total();
    const waitingFor = this.#waitingFor;
    return {
      processed: processed(this.counts),
      total,
      totalIsExact: isExact,
      ok: inPlace(this.counts),
      errors: this.counts.failed,
      retries: this.counts.retries,
      bytes: this.counts.bytes,
      ...(waitingFor === undefined ? {} : { waitingFor }),
      concurrency: this.concurrency,
      ...(this.#hasFewConnections ? { connectionsLimit: this.#maxConnections } : {}),
      ...(this.limitRate === undefined ? {} : { bytesLimit: this.limitRate }),
    };
  }

  /** The default number of connections is not shown. */
  get #hasFewConnections(): boolean {
    return this.#maxConnections !== undefined && this.#maxConnections < DEFAULT_CONNECTIONS;
  }

  /** An unavailable upstream, or the time at which requests may be sent again. */
  get #waitingFor(): string | undefined {
    if (this.window?.isOpen !== false) return this.upstream.trouble?.origin;
    return this.window.until === undefined ? undefined : clockText(this.window.until);
  }

  /**
   * Known once the crate files have been counted or the whole plan has been scanned. It is never an
   * estimate, which would fluctuate.
   */
  #total(): { total: number | undefined; isExact: boolean } {
    if (this.#plan.total !== undefined) return { total: this.#plan.total - this.problems, isExact: true };
    const { unitsHandedOut, isExhausted } = this.#plan;
    if (isExhausted && this.#units === unitsHandedOut) return { total: this.#found, isExact: true };
    return { total: this.counted, isExact: this.counted !== undefined };
  }
}
