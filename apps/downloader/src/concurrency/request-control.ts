import { type Bounds, beginControl, type Control, control } from '@crates-mirror/concurrency';
import type { RequestLimits } from '../lane/fetch/request-limit.ts';
import type { LaneTraffic } from '../lane/protocol.ts';

export interface RequestControlOptions {
  readonly lanes: number;
  readonly bounds: Bounds;
  /** For the lanes, which share them. */
  readonly onLimits: (limits: RequestLimits) => void;
  /** For the log. */
  readonly onControl: (control: Control) => void;
}

/** One limit for a run, from what its lanes measure. Its clock is the lanes'. */
export class RequestControl {
  readonly #options: RequestControlOptions;
  /** What lanes have measured at about the same time. */
  readonly #measured = new Map<number, LaneTraffic>();
  readonly #capacities = new Map<number, number>();
  #control: Control;

  constructor(options: RequestControlOptions) {
    this.#options = options;
    this.#control = beginControl(options.bounds);
  }

  add(lane: number, traffic: LaneTraffic): void {
    // A lane that has nothing under way measures nothing: the others are not kept waiting for it.
    if (this.#measured.has(lane)) this.#step();
    this.#measured.set(lane, traffic);
    this.#capacities.set(lane, traffic.capacity);
    if (this.#measured.size === this.#options.lanes) this.#step();
  }

  #step(): void {
    const before = this.#control;
    const sample = sumOf([...this.#measured.values()]);
    const capacity = [...this.#capacities.values()].reduce((sum, one) => sum + one, 0);
    this.#measured.clear();
    this.#control = control(before, { ...sample, capacity });
    const { limit, rate } = this.#control;
    if (limit !== before.limit || rate !== before.rate) this.#options.onLimits({ limit, rate });
    this.#options.onControl(this.#control);
  }
}

function sumOf(all: readonly LaneTraffic[]) {
  const sum = {
    ms: 0,
    inFlight: 0,
    completed: 0,
    bytes: 0,
    answers: 0,
    answerMs: 0,
    throttled: 0,
    failed: 0,
  };
  let retryAfterMs = 0;
  for (const one of all) {
    sum.ms += one.ms / all.length;
    sum.inFlight += one.ms === 0 ? 0 : one.requestMs / one.ms;
    for (const key of ['completed', 'bytes', 'answers', 'answerMs', 'throttled', 'failed'] as const)
      sum[key] += one[key];
    retryAfterMs = Math.max(retryAfterMs, one.retryAfterMs);
  }
  return { ...sum, retryAfterMs };
}
