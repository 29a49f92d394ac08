import { VERSION } from '@crates-mirror/cli';
import type { Commit } from '@crates-mirror/git';
import { BatchHistogram, Counter, createRegistry, Gauge, type Registry } from '@crates-mirror/metrics';
import { DEFAULT_BOUNDS } from '@crates-mirror/metrics/histogram';
import type { Counts } from './counts/counts.ts';
import type { DamageCounts } from './damage/damage-counts.ts';
import type { RouteKind } from './routes.ts';
import type { Telemetry } from './telemetry.ts';

/** Values for metrics that do not come from requests. */
export interface MetricsSource {
  readonly telemetry: Telemetry;
  readonly counts: () => Counts;
  readonly damage: () => DamageCounts;
  /** Seconds since the epoch; undefined if there are no loose files. */
  readonly oldestVerification: () => number | undefined;
  readonly commit: () => Promise<Commit | undefined>;
  readonly layout: string;
}

/** A series must start at 0: otherwise rates cannot be computed from its first sample on. */
const FIRST: readonly (readonly [RouteKind, number])[] = [
  ['index', 200],
  ['index', 304],
  ['index', 404],
  ['crate', 200],
  ['crate', 404],
];

/** The metrics of a server. docs/metrics.md explains each of them. */
export class ServerMetrics {
  readonly #registry: Registry = createRegistry();
  readonly #source: MetricsSource;
  readonly #seconds: BatchHistogram;

  constructor(source: MetricsSource) {
    this.#source = source;
    this.#seconds = new BatchHistogram({
      name: 'crates_mirror_server_request_duration_seconds',
      help: 'Time from a request to the head of its answer.',
      bounds: DEFAULT_BOUNDS,
      registry: this.#registry,
    });
    this.#addRequests();
    this.#addConnections();
    this.#addInventory();
  }

  /** Renders the metrics in Prometheus's text format. */
  async render(): Promise<{ readonly type: string; readonly text: string }> {
    this.#seconds.reset();
    this.#seconds.add(this.#source.telemetry.seconds);
    return { type: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  #addRequests(): void {
    const { telemetry } = this.#source;
    const labelNames = ['kind', 'code'] as const;
    const registers = [this.#registry];
    new Counter({
      name: 'crates_mirror_server_requests_total',
      help: 'Requests answered, by what was asked for and HTTP status code.',
      labelNames,
      registers,
      collect() {
        this.reset();
        for (const [kind, code] of FIRST) this.inc({ kind, code }, 0);
        for (const { kind, status, requests } of telemetry.counts) this.inc({ kind, code: status }, requests);
      },
    });
    new Counter({
      name: 'crates_mirror_server_response_bytes_total',
      help: 'Bytes of bodies sent, by kind of request and HTTP status code.',
      labelNames,
      registers,
      collect() {
        this.reset();
        for (const { kind, status, bytes } of telemetry.counts) this.inc({ kind, code: status }, bytes);
      },
    });
  }

  #addConnections(): void {
    const { telemetry } = this.#source;
    this.#follow(
      'crates_mirror_server_connections',
      'Connections that are open.',
      () => telemetry.connections,
    );
    new Counter({
      name: 'crates_mirror_server_rejected_connections_total',
      help: 'Connections turned away because --max-connections were open.',
      registers: [this.#registry],
      collect() {
        this.reset();
        this.inc(telemetry.rejected);
      },
    });
  }

  #addInventory(): void {
    const { counts, damage, commit, layout } = this.#source;
    new Gauge({
      name: 'crates_mirror_info',
      help: 'Version and layout; always 1.',
      labelNames: ['version', 'layout'],
      registers: [this.#registry],
    })
      .labels(VERSION, layout)
      .set(1);
    this.#follow(
      'crates_mirror_oldest_verification_timestamp_seconds',
      "Every file of the mirror was read and compared then or later; see the downloader's --scrub.",
      () => this.#source.oldestVerification(),
    );
    this.#follow(
      'crates_mirror_held_crates',
      'Crates of which the mirror holds a version.',
      () => counts().crates,
    );
    this.#follow(
      'crates_mirror_held_versions',
      'Crate versions that the mirror holds.',
      () => counts().versions,
    );
    this.#follow(
      'crates_mirror_held_bytes',
      'Bytes of crate files that the mirror holds.',
      () => counts().bytes,
    );
    this.#follow(
      'crates_mirror_damaged_files',
      'Crate files that the mirror has on disk, and only with other bytes than the index promises.',
      () => damage().damaged,
    );
    this.#follow(
      'crates_mirror_lost_files',
      'Crate files that the mirror held once, which the index names and which are nowhere now.',
      () => damage().lost,
    );
    this.#follow(
      'crates_mirror_counted_timestamp_seconds',
      'When it was last counted what the mirror holds; absent before the first time.',
      () => seconds(counts().finishedAt),
    );
    this.#follow(
      'crates_mirror_index_timestamp_seconds',
      'When the index was committed that is served; absent where it is no git checkout.',
      async () => {
        const known = await commit();
        return known === undefined ? undefined : Date.parse(known.committedAt) / 1000;
      },
    );
  }

  /** Registers a gauge whose value is read at each scrape. */
  #follow(name: string, help: string, value: () => number | undefined | Promise<number | undefined>): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      async collect() {
        const now = await value();
        if (now === undefined) this.remove();
        else this.set(now);
      },
    });
  }
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
