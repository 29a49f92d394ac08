import type { Logger, StatusLine } from '@crates-mirror/logging';
import { renderBar } from './bar.ts';
import { formatDuration } from './format.ts';
import { RateMeter, timeLeft } from './rate.ts';
import type { ProgressSnapshot } from './snapshot.ts';

const REDRAW_MS = 200;

export interface ProgressOptions {
  readonly status: StatusLine;
  readonly logger: Logger;
  /** Interval between log lines, in ms; 0 disables them. */
  readonly intervalMs: number;
  /** Log a line after each further number of completed items; 0 disables them. */
  readonly every: number;
  readonly snapshot: () => ProgressSnapshot;
}

/**
 * Shows a run's progress: a bar on a terminal, and log lines if enabled. Never keeps the process
 * alive.
 */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #barMeter = new RateMeter(performance.now());
  readonly #logMeter = new RateMeter(performance.now());
  readonly #timers: NodeJS.Timeout[] = [];
  #nextMark: number;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#nextMark = options.every;
  }

  /** Whether any progress is shown. */
  get isShown(): boolean {
    const { status, intervalMs, every } = this.#options;
    return status.isTerminal || intervalMs > 0 || every > 0;
  }

  start(): void {
    if (this.#options.status.isTerminal) {
      this.#redraw();
      this.#timers.push(setInterval(() => this.#redraw(), REDRAW_MS).unref());
    }
    if (this.#options.intervalMs > 0) {
      this.#timers.push(setInterval(() => this.#log(), this.#options.intervalMs).unref());
    }
  }

  /** Called when items have been completed, for the log lines per number of items. */
  advanced(): void {
    if (this.#options.every === 0) return;
    const { processed } = this.#options.snapshot();
    if (processed < this.#nextMark) return;
    this.#nextMark = (Math.floor(processed / this.#options.every) + 1) * this.#options.every;
    this.#log();
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#options.status.setStatus('');
  }

  #redraw(): void {
    const { status, snapshot } = this.#options;
    const now = snapshot();
    status.setStatus(renderBar(now, this.#barMeter.measure(now, performance.now()), status.width));
  }

  #log(): void {
    const now = this.#options.snapshot();
    const rates = this.#logMeter.measure(now, performance.now());
    const left = timeLeft(now, rates);
    this.#options.logger.info(
      {
        done: now.processed,
        ...(now.total === undefined ? {} : { total: now.total, total_is_exact: now.totalIsExact }),
        ok: now.ok,
        err: now.errors,
        ...(now.retries === undefined ? {} : { retries: now.retries }),
        ...(now.bytes === undefined ? {} : { bytes: now.bytes }),
        files_per_s: Math.round(rates.items),
        ...(now.bytes === undefined ? {} : { bytes_per_s: Math.round(rates.bytes) }),
        ...(now.concurrency === undefined ? {} : { concurrency: now.concurrency }),
        ...(now.connectionsLimit === undefined ? {} : { connections: now.connectionsLimit }),
        ...(now.bytesLimit === undefined ? {} : { bytes_per_s_limit: now.bytesLimit }),
        ...(left === undefined ? {} : { eta: formatDuration(left) }),
        ...(now.waitingFor === undefined ? {} : { waiting_for: now.waitingFor }),
      },
      'progress',
    );
  }
}
