import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import { headCommit } from '@crates-mirror/git';
import type { ListenAddress } from '@crates-mirror/http-server';
import { oldestVerification, readLastSuccess } from '@crates-mirror/layout';
import {
  type Handler,
  jsonReply,
  LateProfiler,
  type Listener,
  metricsRoutes,
  openListener,
  type ProfileKind,
  pprofRoutes,
  type ThreadProfile,
} from '@crates-mirror/metrics';
import { EventStream, statusPage } from '@crates-mirror/status-page';
import { PROFILERS_AFTER_MS } from '../lane/protocol.ts';
import type { CompletedBatch } from '../lane/report/completed-batch.ts';
import type { LanePool } from '../lanes/lane-pool.ts';
import type { Tally } from '../report/tally.ts';
import { RunMetrics } from './run-metrics.ts';
import { type RunState, RunStatus } from './run-status.ts';

/** Exposes a run to operators: metrics, status page, profiles. */
export class Watch {
  readonly #status: RunStatus;
  readonly #metrics: RunMetrics;
  readonly #events: EventStream;
  readonly #profiler = new LateProfiler(PROFILERS_AFTER_MS);
  #listener: Listener | undefined;
  #lanes: LanePool | undefined;

  /** @throws UsageError when it cannot listen on the address */
  static async open(address: ListenAddress, options: DownloaderOptions, tally: Tally): Promise<Watch> {
    const { source } = options;
    const commit = source.kind === 'index' ? await headCommit(source.directory) : undefined;
    const metrics = new RunMetrics({
      tally,
      layout: options.layout,
      maxConnections: options.maxConnections,
      indexTimestamp: commit && Date.parse(commit.committedAt) / 1000,
      lastSuccess: readLastSuccess(options.out),
      oldestVerification: oldestVerification(options.out),
    });
    const watch = new Watch(new RunStatus(tally, options), metrics);
    watch.#listener = await openListener({ address, option: '--listen', routes: watch.#routes() });
    return watch;
  }

  private constructor(status: RunStatus, metrics: RunMetrics) {
    this.#status = status;
    this.#metrics = metrics;
    this.#events = new EventStream(() => status.page());
  }

  /** The listening address, as in a URL. */
  get authority(): string {
    return this.#listener?.authority ?? '';
  }

  /** From now on, profiles include the threads of these lanes. */
  attach(lanes: LanePool): void {
    this.#lanes = lanes;
  }

  completed(batch: CompletedBatch): void {
    this.#metrics.add(batch);
    this.#status.add(batch);
  }

  manifestWritten(ms: number): void {
    this.#metrics.manifestWritten(ms);
  }

  stopping(): void {
    this.#status.state = 'stopping';
  }

  /** Sends every open page the end state of the run, and stops listening. */
  async close(state: RunState): Promise<void> {
    this.#status.end(state);
    this.#events.end();
    await this.#listener?.close();
    this.#profiler.close();
  }

  #routes(): ReadonlyMap<string, Handler> {
    const page = statusPage(() => this.#status.page());
    return new Map<string, Handler>([
      ['/', page],
      ['/api/status', () => jsonReply(this.#status.json())],
      ['/api/status/events', this.#events.handler],
      ...metricsRoutes(this.#metrics.registry),
      ...pprofRoutes((kind, ms, signal) => this.#takeProfiles(kind, ms, signal)),
    ]);
  }

  async #takeProfiles(kind: ProfileKind, ms: number, signal: AbortSignal): Promise<ThreadProfile[]> {
    // Even if one thread's profile fails, wait for the others before another profile may be
    // requested.
    const [main, lanes] = await Promise.allSettled([
      this.#profiler.take(kind, ms, signal),
      this.#lanes?.takeProfiles(kind, ms, signal) ?? [],
    ]);
    if (main.status === 'rejected') throw main.reason;
    const profiles = [main.value, ...(lanes.status === 'fulfilled' ? lanes.value : [])];
    return profiles.map((profile, i) => ({ thread: i === 0 ? 'main' : `lane ${i}`, profile }));
  }
}
