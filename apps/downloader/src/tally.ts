import { DEFAULT_CONNECTIONS, type DownloaderOptions } from '@crates-mirror/downloader-options';
import type { ProgressSnapshot } from '@crates-mirror/progress';
import {
  addCounts,
  type Counts,
  type FailureNote,
  inPlace,
  noCounts,
  processed,
  type SettledBatch,
} from './lane/report/settled-batch.ts';
import type { Plan } from './plan/work.ts';
import type { RemovedCounts } from './removal/removed-counts.ts';
import { UpstreamState } from './upstream-state.ts';
import type { WindowState } from './window/run-window.ts';
import { clockText } from './window/window-text.ts';

const MAX_FAILURES_KEPT = 5;

type Limits = Pick<DownloaderOptions, 'limitRate' | 'maxConnections'>;

/** Everything counted in one run, and what can be told from it. */
export class Tally {
  readonly counts: Counts = noCounts();
  readonly firstFailures: FailureNote[] = [];
  /** Index lines, URLs and the like that could not be used. */
  problems = 0;
  /** Crate files of the plan, counted beside the run; undefined until that is done. */
  counted: number | undefined;
  /** Of crate files that are no longer to be mirrored; undefined where nobody has looked for them. */
  removed: RemovedCounts | undefined;
  /** Why those are still there that were to go. */
  notRemoved: string | undefined;
  readonly upstream = new UpstreamState();
  /** Requests that may be under way at once, for now. */
  concurrency: number;
  readonly limitRate: number | undefined;
  /** undefined where requests may be sent at any time */
  window: WindowState | undefined;
  readonly startedAt = performance.now();
  /** By the clock that records are stamped with. */
  readonly startTime = new Date();
  readonly #plan: Plan;
  readonly #maxConnections: number | undefined;
  #found = 0;
  #units = 0;

  /** @param limits that are in force all the time */
  constructor(plan: Plan, concurrency: number, { limitRate, maxConnections }: Partial<Limits> = {}) {
    this.#plan = plan;
    this.limitRate = limitRate;
    this.#maxConnections = maxConnections;
    this.concurrency = concurrency;
  }

  add(batch: SettledBatch): void {
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

  /** The usual number goes without saying. */
  get #hasFewConnections(): boolean {
    return this.#maxConnections !== undefined && this.#maxConnections < DEFAULT_CONNECTIONS;
  }

  /** An upstream, or the time at which requests may be sent again. */
  get #waitingFor(): string | undefined {
    if (this.window?.isOpen !== false) return this.upstream.trouble?.origin;
    return this.window.until === undefined ? undefined : clockText(this.window.until);
  }

  /** Known once the crate files were counted, or the whole plan was scanned. No estimate: it would wander. */
  #total(): { total: number | undefined; isExact: boolean } {
    if (this.#plan.total !== undefined) return { total: this.#plan.total - this.problems, isExact: true };
    const { unitsHandedOut, isExhausted } = this.#plan;
    if (isExhausted && this.#units === unitsHandedOut) return { total: this.#found, isExact: true };
    return { total: this.counted, isExact: this.counted !== undefined };
  }
}
