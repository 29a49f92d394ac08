import { type Bounds, beginControl, type Control, control } from '@crates-mirror/concurrency';
import type { RequestLimits } from '../lane/fetch/request-limit.ts';
import type { LaneTraffic } from '../lane/protocol.ts';
import { shareOf } from './share.ts';

export interface RequestControlOptions {
  readonly lanes: number;
  readonly bounds: Bounds;
  /** Called with the limits of each lane, indexed by lane. */
  readonly onShares: (shares: readonly RequestLimits[]) => void;
  /** Called with each control decision, for example for the log. */
  readonly onControl: (control: Control) => void;
  /** The time in ms, replaceable in tests [performance.now]. */
  readonly now?: () => number;
}

/** A lane that has measured nothing for this many samples has no work to request. */
const IDLE_AFTER = 4;

/**
 * Computes one limit for a run from the measurements of its lanes. Its time is theirs, and what
 * passes while none of them has a request.
 */
export class RequestControl {
  readonly #options: RequestControlOptions;
  /** Measurements of lanes from about the same time. */
  readonly #measured = new Map<number, LaneTraffic>();
  readonly #capacities = new Map<number, number>();
  /** Number of samples since each lane last measured something. */
  readonly #idleFor: number[];
  readonly #now: () => number;
  #steppedAt: number;
  #control: Control;
  #shared = '';

  constructor(options: RequestControlOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#steppedAt = this.#now();
    this.#control = beginControl(options.bounds);
    this.#idleFor = new Array<number>(options.lanes).fill(0);
  }

  add(lane: number, traffic: LaneTraffic): void {
    // A lane without requests in progress measures nothing; the other lanes must not wait for it.
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
    this.#control = control(this.#control, { ...sample, capacity, idleMs: this.#idleMs(sample.ms) });
    this.#share();
    onControl(this.#control);
  }

  /** @param measuredMs the part of the time since the last step that has been measured */
  #idleMs(measuredMs: number): number {
    const now = this.#now();
    const idleMs = Math.max(0, now - this.#steppedAt - measuredMs);
    this.#steppedAt = now;
    return idleMs;
  }

  /**
   * Active lanes share the whole limit. Idle lanes may start with the share they would get if all
   * lanes were active.
   */
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
  let roundTripMs = Number.POSITIVE_INFINITY;
  for (const one of all) {
    sum.ms += one.ms / all.length;
    sum.busy += one.busy / all.length;
    sum.inFlight += one.ms === 0 ? 0 : one.requestMs / one.ms;
    for (const key of ['completed', 'bytes', 'answers', 'answerMs', 'throttled', 'failed'] as const)
      sum[key] += one[key];
    retryAfterMs = Math.max(retryAfterMs, one.retryAfterMs);
    roundTripMs = Math.min(roundTripMs, one.roundTripMs);
  }
  return { ...sum, retryAfterMs, roundTripMs };
}
