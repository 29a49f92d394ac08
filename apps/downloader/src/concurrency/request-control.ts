import { type Bounds, beginControl, type Control, control } from '@crates-mirror/concurrency';
import type { RequestLimits } from '../lane/fetch/request-limit.ts';
import type { LaneTraffic } from '../lane/protocol.ts';
import { shareOf } from './share.ts';

export interface RequestControlOptions {
  readonly lanes: number;
  readonly bounds: Bounds;
  /** For each lane, from 0 on. */
  readonly onShares: (shares: readonly RequestLimits[]) => void;
  /** For all who want to know, the log for instance. */
  readonly onControl: (control: Control) => void;
}

/** A lane that has measured nothing for so many samples has nothing to ask for. */
const IDLE_AFTER = 4;

/** One limit for a run, from what its lanes measure. Its clock is the lanes'. */
export class RequestControl {
  readonly #options: RequestControlOptions;
  /** What lanes have measured at about the same time. */
  readonly #measured = new Map<number, LaneTraffic>();
  readonly #capacities = new Map<number, number>();
  /** Samples since a lane has measured something. */
  readonly #idleFor: number[];
  #control: Control;
  #shared = '';

  constructor(options: RequestControlOptions) {
    this.#options = options;
    this.#control = beginControl(options.bounds);
    this.#idleFor = new Array<number>(options.lanes).fill(0);
  }

  add(lane: number, traffic: LaneTraffic): void {
    // A lane with nothing under way measures nothing: the others are not kept waiting for it.
    if (this.#measured.has(lane)) this.#step();
    this.#measured.set(lane, traffic);
    this.#capacities.set(lane, traffic.capacity);
    if (this.#measured.size === this.#options.lanes) this.#step();
  }

  #step(): void {
    const { onControl } = this.#options;
    for (const lane of this.#idleFor.keys())
      this.#idleFor[lane] = this.#measured.has(lane) ? 0 : (this.#idleFor[lane] ?? 0) + 1;
    const sample = sumOf([...this.#measured.values()]);
    const capacity = [...this.#capacities.values()].reduce((sum, one) => sum + one, 0);
    this.#measured.clear();
    this.#control = control(this.#control, { ...sample, capacity });
    this.#share();
    onControl(this.#control);
  }

  /** Lanes that ask share all there is; the others may begin with what they would get with all of them at work. */
  #share(): void {
    const busy = [...this.#idleFor.keys()].filter((lane) => (this.#idleFor[lane] ?? 0) < IDLE_AFTER);
    const { limit, rate } = this.#control;
    const shared = `${limit} ${rate} ${busy}`;
    if (shared === this.#shared) return;
    this.#shared = shared;
    const lanes = [...this.#idleFor.keys()];
    this.#options.onShares(
      lanes.map((lane) => {
        const place = busy.indexOf(lane);
        return place < 0
          ? shareOf({ limit, rate }, lane, lanes.length)
          : shareOf({ limit, rate }, place, busy.length);
      }),
    );
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
    busy: 0,
  };
  let retryAfterMs = 0;
  for (const one of all) {
    sum.ms += one.ms / all.length;
    sum.busy += one.busy / all.length;
    sum.inFlight += one.ms === 0 ? 0 : one.requestMs / one.ms;
    for (const key of ['completed', 'bytes', 'answers', 'answerMs', 'throttled', 'failed'] as const)
      sum[key] += one[key];
    retryAfterMs = Math.max(retryAfterMs, one.retryAfterMs);
  }
  return { ...sum, retryAfterMs };
}
