import type { Bounds } from '../bounds.ts';
import { beginControl, control } from '../control.ts';
import type { Sample } from '../sample.ts';
import { EventQueue } from './event-queue.ts';
import { type Answer, type Line, LineSimulation } from './line.ts';

/** The result of a simulated run. */
export interface Outcome {
  /** Crate files: the mean of their number and of their bytes divided by the average size. */
  readonly files: number;
  /** Share of the answers in the second half of the run that were 429 or 503. */
  readonly throttled: number;
  /** The limit in force, at the end of each {@link SAMPLE_MS}. */
  readonly limits: readonly number[];
}

export const SAMPLE_MS = 50;
const PACE_MS = 5;
const MEAN_SIZE = 33_000;
const RETRY_AFTER_MS = 1000;

interface InForce {
  readonly limit: number;
  readonly rate: number;
}

/** A run with a fixed limit. */
export function runFixed(line: Line, limit: number, ms: number, seed = 1): Outcome {
  const fixed = { limit, rate: Number.POSITIVE_INFINITY };
  return new Run(line, seed, fixed, () => fixed).outcome(ms);
}

/** A run with the controller's limit. */
export function runControlled(line: Line, bounds: Bounds, ms: number, seed = 1): Outcome {
  let state = beginControl(bounds);
  const next = (sample: Sample): InForce => {
    state = control(state, sample);
    return state;
  };
  return new Run(line, seed, state, next).outcome(ms);
}

function noCounts() {
  return { completed: 0, bytes: 0, answers: 0, answerMs: 0, throttled: 0, retryAfterMs: 0, failed: 0 };
}

class Run {
  readonly #queue = new EventQueue();
  readonly #simulation: LineSimulation;
  readonly #next: (sample: Sample) => InForce;
  readonly #capacity: number;
  readonly #roundTripMs: number;
  readonly #limits: number[] = [];
  #inForce: InForce;
  #allowed = 0;
  #live = 0;
  #liveMs = 0;
  #liveAt = 0;
  #busyMs = 0;
  #counts = noCounts();
  #files = 0;
  readonly #samples: Sample[] = [];

  constructor(line: Line, seed: number, inForce: InForce, next: (sample: Sample) => InForce) {
    this.#simulation = new LineSimulation(line, this.#queue, seed);
    this.#capacity = line.streams ?? Number.POSITIVE_INFINITY;
    this.#roundTripMs = line.rttMs;
    this.#inForce = inForce;
    this.#next = next;
  }

  outcome(ms: number): Outcome {
    this.#start();
    this.#queue.after(SAMPLE_MS, () => this.#sample());
    this.#queue.after(PACE_MS, () => this.#pace());
    this.#queue.runUntil(ms);
    const late = this.#samples.slice(this.#samples.length / 2);
    const throttled = late.reduce((sum, sample) => sum + sample.throttled, 0);
    const answers = late.reduce((sum, sample) => sum + sample.answers, 0);
    return { files: this.#files, throttled: throttled / Math.max(1, answers), limits: this.#limits };
  }

  #start(): void {
    while (this.#live < this.#inForce.limit && this.#takeToken()) {
      this.#changeLive(1);
      this.#simulation.request((answer) => this.#ended(answer));
    }
  }

  #takeToken(): boolean {
    if (this.#inForce.rate === Number.POSITIVE_INFINITY) return true;
    if (this.#allowed < 1) return false;
    this.#allowed -= 1;
    return true;
  }

  #pace(): void {
    const { rate } = this.#inForce;
    const more = rate === Number.POSITIVE_INFINITY ? 0 : (rate * PACE_MS) / 1000;
    this.#allowed = Math.min(this.#allowed + more, Math.max(1, 2 * more));
    this.#queue.after(PACE_MS, () => this.#pace());
    this.#start();
  }

  #ended({ kind, bytes, latencyMs }: Answer): void {
    this.#changeLive(-1);
    const counts = this.#counts;
    counts.answers += 1;
    counts.answerMs += latencyMs;
    counts.bytes += bytes;
    if (kind === 'ok') counts.completed += 1;
    else counts[kind] += 1;
    if (kind === 'throttled') counts.retryAfterMs = RETRY_AFTER_MS;
    if (kind === 'ok') this.#files += (1 + bytes / MEAN_SIZE) / 2;
    this.#start();
  }

  #changeLive(by: number): void {
    this.#liveMs += this.#live * (this.#queue.now - this.#liveAt);
    this.#liveAt = this.#queue.now;
    this.#live += by;
  }

  #sample(): void {
    this.#changeLive(0);
    const inFlight = this.#liveMs / SAMPLE_MS;
    const { busyMs } = this.#simulation;
    const busy = (busyMs - this.#busyMs) / SAMPLE_MS;
    const [capacity, roundTripMs] = [this.#capacity, this.#roundTripMs];
    const sample = { ms: SAMPLE_MS, inFlight, busy, ...this.#counts, roundTripMs, capacity };
    this.#busyMs = busyMs;
    this.#samples.push(sample);
    this.#liveMs = 0;
    this.#counts = noCounts();
    this.#inForce = this.#next(sample);
    this.#limits.push(this.#inForce.limit);
    this.#queue.after(SAMPLE_MS, () => this.#sample());
    this.#start();
  }
}
