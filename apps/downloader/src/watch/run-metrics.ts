import { VERSION } from '@crates-mirror/cli';
import { BatchHistogram, Counter, createRegistry, Gauge, type Registry } from '@crates-mirror/metrics';
import { DEFAULT_BOUNDS } from '@crates-mirror/metrics/histogram';
import type { CompletedBatch, Counts } from '../lane/report/completed-batch.ts';
import type { AttemptCount, MeterBatch } from '../lane/report/meter.ts';
import type { Tally } from '../report/tally.ts';

/** Values for metrics that the run does not count itself. */
export interface MetricsSource {
  readonly tally: Tally;
  readonly layout: string;
  readonly maxConnections: number;
  /** Seconds since the epoch; undefined if unknown. */
  readonly indexTimestamp: number | undefined;
  /** Seconds since the epoch; undefined before the first success. */
  readonly lastSuccess: number | undefined;
  /** Seconds since the epoch; undefined if there is no mirror yet. */
  readonly oldestVerification: number | undefined;
}

/** Labels of `crates_processed_total`. The first three are those of the older Go tool. */
const RESULTS: readonly [string, readonly (keyof Counts)[]][] = [
  ['ok', ['downloaded']],
  ['skipped', ['existing', 'verifiedExisting']],
  ['error', ['failed']],
  ['missing_upstream', ['missingUpstream']],
  ['too_large', ['tooLarge']],
];

const CIRCUIT = { closed: 0, 'half-open': 1, open: 2 } as const;

/**
 * The metrics of one run; docs/metrics.md describes each of them. Names of the form
 * `crates_download_…` come from the older Go tool.
 */
export class RunMetrics {
  readonly registry: Registry = createRegistry();
  readonly #source: MetricsSource;
  readonly #requests: Counter<'status' | 'code'>;
  readonly #bytes: Counter;
  readonly #duration: BatchHistogram;
  readonly #retries: Counter;
  readonly #inflight: Gauge;
  readonly #processed: Counter<'result'>;
  readonly #attemptBytes: Counter<'outcome'>;
  readonly #attemptSeconds: Counter<'outcome'>;
  readonly #resumed: Counter;
  readonly #resumedBytes: Counter;
  readonly #store: BatchHistogram;
  readonly #manifest: BatchHistogram;

  constructor(source: MetricsSource) {
    this.#source = source;
    this.#requests = this.#counter(
      'crates_download_requests_total',
      'Download attempts by status (ok, error) and HTTP status code (net: none was received).',
      ['status', 'code'],
    );
    this.#bytes = this.#counter(
      'crates_download_bytes_total',
      'Bytes of crate files downloaded and verified.',
    );
    this.#duration = this.#histogram(
      'crates_download_duration_seconds',
      'Time from sending a request to the end of its body, or to its failure.',
    );
    this.#retries = this.#counter('crates_download_retries_total', 'Attempts after the first.');
    this.#inflight = this.#gauge('crates_download_inflight', 'Requests under way.');
    this.#processed = this.#counter('crates_processed_total', 'Crate files processed, by result.', [
      'result',
    ]);
    this.#attemptBytes = this.#counter(
      'crates_mirror_attempt_bytes_total',
      'Bytes of bodies received, by what the attempt came to.',
      ['outcome'],
    );
    this.#attemptSeconds = this.#counter(
      'crates_mirror_attempt_seconds_total',
      'Time spent in attempts, by what they came to.',
      ['outcome'],
    );
    this.#resumed = this.#counter(
      'crates_mirror_resumed_bodies_total',
      'Bodies that had broken off, and came whole with their rest alone (Range).',
    );
    this.#resumedBytes = this.#counter(
      'crates_mirror_resumed_bytes_total',
      'Bytes of these bodies that did not have to come again.',
    );
    this.#store = this.#histogram(
      'crates_mirror_store_duration_seconds',
      'Time from a verified body to its file, or its bundle member, on disk.',
    );
    this.#manifest = this.#histogram(
      'crates_mirror_manifest_write_duration_seconds',
      'Time to append a batch of records to the manifest.',
    );
    this.#beginAtZero();
    this.#addStateOfRun();
  }

  add({ counts, metered }: CompletedBatch): void {
    this.#retries.inc(counts.retries);
    this.#resumed.inc(counts.resumed);
    this.#resumedBytes.inc(counts.resumedBytes);
    for (const [result, keys] of RESULTS) {
      for (const key of keys) this.#processed.inc({ result }, counts[key]);
    }
    if (metered !== undefined) this.#addMetered(metered);
  }

  manifestWritten(ms: number): void {
    this.#manifest.observe(ms / 1000);
  }

  #addMetered({ attempts, attemptSeconds, storeSeconds, inflightChange }: MeterBatch): void {
    this.#inflight.inc(inflightChange);
    this.#duration.add(attemptSeconds);
    this.#store.add(storeSeconds);
    for (const attempt of attempts) this.#addAttempts(attempt);
  }

  #addAttempts({ kind, status, count, bytes, seconds }: AttemptCount): void {
    const isOk = kind === 'ok' || kind === 'probe';
    this.#requests.inc({ status: isOk ? 'ok' : 'error', code: String(status ?? 'net') }, count);
    this.#attemptBytes.inc({ outcome: kind }, bytes);
    this.#attemptSeconds.inc({ outcome: kind }, seconds);
    if (kind === 'ok') this.#bytes.inc(bytes);
  }

  /** A rate can be computed from a series' first sample only if that sample is 0. */
  #beginAtZero(): void {
    for (const [result] of RESULTS) this.#processed.inc({ result }, 0);
    this.#addAttempts({ kind: 'ok', status: 200, count: 0, bytes: 0, seconds: 0 });
  }

  #addStateOfRun(): void {
    const { tally, layout, maxConnections, indexTimestamp, lastSuccess, oldestVerification } = this.#source;
    this.#gauge('crates_mirror_info', 'Version and layout; always 1.', ['version', 'layout'])
      .labels(VERSION, layout)
      .set(1);
    this.#follow(
      'crates_mirror_concurrency_limit',
      'Requests under way at once, at most.',
      () => tally.concurrency,
    );
    this.#known(
      'crates_mirror_max_connections',
      'Connections at once, at most, to all servers together (--max-connections).',
      maxConnections,
    );
    this.#known(
      'crates_mirror_rate_limit_bytes_per_second',
      'Bytes of bodies received a second, at most (--limit-rate); absent without a limit.',
      tally.limitRate,
    );
    this.#follow(
      'crates_mirror_window_open',
      '1 while requests may be sent, 0 outside of --window; absent without one.',
      () => (tally.window === undefined ? undefined : Number(tally.window.isOpen)),
    );
    this.#follow('crates_mirror_targets', 'Crate files to process; absent while unknown.', () => {
      const { total } = tally.snapshot();
      return total;
    });
    this.#follow(
      'crates_mirror_targets_are_estimated',
      '1 until the crate files were counted, 0 once crates_mirror_targets is exact.',
      () => (tally.snapshot().totalIsExact ? 0 : 1),
    );
    this.#follow(
      'crates_mirror_upstream_circuit',
      'Circuit breaker of the upstream: 0 closed (requests are sent), 1 half-open (one probe is under way), 2 open (none is sent).',
      () => CIRCUIT[tally.upstream.circuit],
    );
    this.#follow(
      'crates_mirror_input_problems',
      'Lines of the index or list that could not be used.',
      () => tally.problems,
    );
    this.#known(
      'crates_mirror_index_timestamp_seconds',
      'When the index was committed that this run mirrors; absent where it is no git checkout.',
      indexTimestamp,
    );
    this.#known(
      'crates_mirror_last_success_timestamp_seconds',
      'When a run over this mirror last ended with exit code 0; absent before the first one.',
      lastSuccess,
    );
    this.#known(
      'crates_mirror_oldest_verification_timestamp_seconds',
      'Every file of the mirror was read and compared then or later, before this run; see --scrub.',
      oldestVerification,
    );
  }

  #counter<T extends string>(name: string, help: string, labelNames: readonly T[] = []): Counter<T> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  #gauge<T extends string>(name: string, help: string, labelNames: readonly T[] = []): Gauge<T> {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  /** Registers a gauge whose value is read on each scrape. */
  #follow(name: string, help: string, value: () => number | undefined): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        const now = value();
        if (now === undefined) this.remove();
        else this.set(now);
      },
    });
  }

  #known(name: string, help: string, value: number | undefined): void {
    if (value !== undefined) this.#gauge(name, help).set(value);
  }

  #histogram(name: string, help: string): BatchHistogram {
    return new BatchHistogram({ name, help, bounds: DEFAULT_BOUNDS, registry: this.registry });
  }
}
