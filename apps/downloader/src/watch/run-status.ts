import { VERSION } from '@crates-mirror/cli';
import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import { oneLine } from '@crates-mirror/errors';
import { oldestVerification } from '@crates-mirror/layout';
import { formatBytes, formatCount, formatDuration, RateMeter, timeLeft } from '@crates-mirror/progress';
import {
  type Chart,
  type Failure,
  type Figure,
  type PageModel,
  RateHistory,
} from '@crates-mirror/status-page';
import { type CompletedBatch, processed } from '../lane/report/completed-batch.ts';
import type { Tally } from '../report/tally.ts';
import { clockText } from '../window/window-text.ts';
import { shownSettings } from './settings.ts';

/** The state of a run, including how it ended. */
export type RunState = 'running' | 'stopping' | 'done' | 'failed' | 'interrupted';

const STATES: Readonly<Record<RunState, { text: string; tone: PageModel['tone'] }>> = {
  running: { text: 'Running', tone: 'busy' },
  stopping: { text: 'Stopping', tone: 'busy' },
  done: { text: 'Finished', tone: 'good' },
  failed: { text: 'Finished with failures', tone: 'bad' },
  interrupted: { text: 'Interrupted', tone: 'bad' },
};

const SAMPLE_EVERY_S = 1;
const MAX_FAILURES = 20;

/** The status of a run, for machines (`/api/status`) and for people (the status page). */
export class RunStatus {
  state: RunState = 'running';
  readonly #tally: Tally;
  readonly #options: DownloaderOptions;
  readonly #settings: readonly Figure[];
  /** The state before this run, in seconds since the epoch. */
  readonly #oldestVerification: number | undefined;
  readonly #history = new RateHistory(4, SAMPLE_EVERY_S);
  readonly #meter = new RateMeter(performance.now());
  readonly #timer: NodeJS.Timeout;
  #rates = { items: 0, bytes: 0 };
  #failures: Failure[] = [];

  constructor(tally: Tally, options: DownloaderOptions) {
    this.#tally = tally;
    this.#options = options;
    this.#settings = shownSettings(options);
    this.#oldestVerification = oldestVerification(options.out);
    this.#timer = setInterval(() => this.#sample(), SAMPLE_EVERY_S * 1000).unref();
  }

  add({ failures }: CompletedBatch): void {
    if (failures.length === 0) return;
    const more = failures.map(({ crate, code, message }) => ({ what: crate, code, message: shown(message) }));
    this.#failures = [...more.reverse(), ...this.#failures].slice(0, MAX_FAILURES);
  }

  end(state: RunState): void {
    clearInterval(this.#timer);
    this.#sample();
    this.state = state;
  }

  get isLive(): boolean {
    return this.state === 'running' || this.state === 'stopping';
  }

  /** Returns the body of `/api/status`: times in s, rates per s over the last 15 s. */
  json(): Record<string, unknown> {
    const { counts } = this.#tally;
    const snapshot = this.#tally.snapshot();
    const left = this.isLive ? timeLeft(snapshot, this.#rates) : undefined;
    return {
      tool: 'downloader',
      version: VERSION,
      state: this.state,
      processed: snapshot.processed,
      total: snapshot.total ?? null,
      total_is_exact: snapshot.totalIsExact,
      ok: snapshot.ok,
      errors: snapshot.errors,
      downloaded: counts.downloaded,
      existing: counts.existing,
      verified_existing: counts.verifiedExisting,
      missing_upstream: counts.missingUpstream,
      too_large: counts.tooLarge,
      retries: counts.retries,
      input_problems: this.#tally.problems,
      upstream_circuit: this.#tally.upstream.circuit,
      ...this.#window(),
      bytes: counts.bytes,
      resumed: counts.resumed,
      resumed_bytes: counts.resumedBytes,
      rate: round(this.#rates.items),
      bytes_rate: round(this.#rates.bytes),
      eta: left === undefined ? null : Math.ceil(left / 1000),
      uptime: round(this.#tally.elapsedMs / 1000),
      oldest_verification: this.#oldestVerification ?? null,
      concurrency: this.#tally.concurrency,
      max_connections: this.#options.maxConnections,
      bytes_rate_limit: this.#tally.limitRate ?? null,
    };
  }

  page(): PageModel {
    const { text, tone } = this.#shownState();
    const { total, processed: done } = this.#tally.snapshot();
    return {
      title: 'crates-mirror downloader',
      isLive: this.isLive,
      tone,
      state: text,
      fraction: this.#fraction(done, total),
      summary: this.#summary(),
      figures: this.#figures(),
      charts: this.#charts(),
      settings: this.#settings,
      failures: this.#failures,
      failuresNote: this.#failuresNote(),
    };
  }

  /** Times are in seconds since the epoch. */
  #window(): Record<string, unknown> {
    const { window } = this.#tally;
    const { until } = window ?? {};
    return {
      window_open: window?.isOpen ?? null,
      window_changes_at: until === undefined ? null : until / 1000,
    };
  }

  #shownState(): (typeof STATES)[RunState] {
    const { window, upstream } = this.#tally;
    if (this.state === 'running' && window?.isOpen === false)
      return {
        text: `Waiting${window.until === undefined ? '' : ` for ${clockText(window.until)}`}`,
        tone: 'busy',
      };
    const isWaiting = this.state === 'running' && upstream.trouble !== undefined;
    return isWaiting ? { text: 'Waiting for the upstream', tone: 'busy' } : STATES[this.state];
  }

  #sample(): void {
    const { counts, elapsedMs } = this.#tally;
    const totals = [counts.bytes, processed(counts), counts.failed, counts.retries];
    this.#history.sample(elapsedMs / 1000, totals);
    this.#rates = this.#meter.measure(this.#tally.snapshot(), performance.now());
  }

  #fraction(done: number, total: number | undefined): number | null {
    if (total !== undefined) return total === 0 ? 1 : Math.min(1, done / total);
    return this.isLive ? null : 1;
  }

  #summary(): string {
    const snapshot = this.#tally.snapshot();
    const { total, totalIsExact } = snapshot;
    const all = total === undefined ? '' : ` of ${totalIsExact ? '' : 'about '}${formatCount(total)}`;
    const elapsed = formatDuration(this.#tally.elapsedMs);
    const left = this.isLive ? timeLeft(snapshot, this.#rates) : undefined;
    const time = left === undefined ? `in ${elapsed}` : `in ${elapsed}, about ${formatDuration(left)} left`;
    const { trouble } = this.#tally.upstream;
    const why = trouble === undefined || !this.isLive ? '' : ` ${shown(trouble.message)}.`;
    return `${formatCount(snapshot.processed)}${all} crate files processed ${time}.${why}`;
  }

  #figures(): Figure[] {
    const { counts, problems } = this.#tally;
    const figures = [
      { label: 'downloaded', value: formatCount(counts.downloaded) },
      { label: 'received', value: formatBytes(counts.bytes) },
      { label: 'already in place', value: formatCount(counts.existing + counts.verifiedExisting) },
      { label: 'missing upstream', value: formatCount(counts.missingUpstream) },
      { label: 'failed', value: formatCount(counts.failed) },
      { label: 'retries', value: formatCount(counts.retries) },
      { label: 'requests at once, at most', value: formatCount(this.#tally.concurrency) },
    ];
    if (this.#oldestVerification !== undefined) {
      const ageMs = Math.max(0, Date.now() - this.#oldestVerification * 1000);
      figures.push({ label: 'oldest verification', value: `${formatDuration(ageMs)} ago` });
    }
    return problems === 0 ? figures : [...figures, { label: 'unusable input', value: formatCount(problems) }];
  }

  #charts(): Chart[] {
    const { seconds, perSecond } = this.#history.rates();
    const [bytes, files, failures, retries] = perSecond as [number[], number[], number[], number[]];
    const spanText = seconds.length === 0 ? '' : `${formatDuration((seconds.at(-1) as number) * 1000)} ago`;
    const chart = (
      title: string,
      format: (value: number) => string,
      named: readonly (readonly [string, number[]])[],
    ): Chart => {
      const highest = named.reduce((most, [, values]) => Math.max(most, ...values), 0);
      const series = named.map(([name, values]) => ({ name, values, now: format(values.at(-1) ?? 0) }));
      return { title, seconds, series, highest, highestText: format(highest), spanText };
    };
    return [
      chart('Throughput', (value) => `${formatBytes(value)}/s`, [['received', bytes]]),
      chart('Crate files', perSecondText, [['processed', files]]),
      chart('Trouble', perSecondText, [
        ['failed', failures],
        ['tried again', retries],
      ]),
    ];
  }

  #failuresNote(): string {
    const { failed } = this.#tally.counts;
    if (failed === 0) return 'None.';
    return `${formatCount(failed)} in all, the latest first. Every one is in ${this.#options.manifest}.`;
  }
}

/** Some messages contain a URL, and a URL may contain a key. */
function shown(message: string): string {
  return oneLine(message).replace(/(\bhttps?:\/\/[^\s?#]+)[?#]\S*/g, '$1');
}

function perSecondText(value: number): string {
  return `${value < 10 ? round(value) : formatCount(value)}/s`;
}

/** Rounds to one decimal. */
function round(value: number): number {
  return Math.round(value * 10) / 10;
}
