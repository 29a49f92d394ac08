import { type BackoffPolicy, fullJitterDelay } from '@crates-mirror/retry';
import type { OutageNote } from './protocol.ts';
import type { Reachability } from './reachability.ts';
import type { Target } from './target.ts';

/** What an outage needs of its lane. */
export interface OutageLane {
  readonly reachability: Reachability;
  readonly backoff: BackoffPolicy;
  /** Asks for one of the targets that wait. @returns it; undefined where none needs a request just now */
  readonly sendScout: () => Target | undefined;
  /** Told when the upstream is gone, and when it is back. */
  readonly onOutage: (note: OutageNote) => void;
  /** The upstream is not waited for any longer. */
  readonly onGivenUp: (origin: string, reason: string) => void;
}

interface State {
  /** On performance.now()'s clock. */
  readonly since: number;
  /** Whether it was told of: one at the start ends the run soon enough. */
  readonly isTold: boolean;
  /** Attempts that have found nobody. */
  attempts: number;
  scout: Target | undefined;
  timer: NodeJS.Timeout | undefined;
}

/**
 * The time in which an upstream is gone. Nothing is asked for but by one target at a time, the scout, which looks whether it
 * is there again, after growing waits.
 */
export class Outage {
  readonly #lane: OutageLane;
  #state: State | undefined;
  #isStopped = false;

  constructor(lane: OutageLane) {
    this.#lane = lane;
  }

  get isOn(): boolean {
    return this.#state !== undefined;
  }

  /** Somebody was not to be reached, and nobody else is either. */
  begin(origin: string, reason: string): void {
    if (this.#state !== undefined) return;
    const isTold = this.#lane.reachability.isKnown;
    const state = { since: performance.now(), isTold, attempts: 1, scout: undefined, timer: undefined };
    this.#state = state;
    if (isTold) this.#lane.onOutage({ origin, reason });
    this.#wait(state, origin, reason);
  }

  /** An answer has come. */
  end(origin: string): void {
    const state = this.#state;
    if (state === undefined) return;
    clearTimeout(state.timer);
    this.#state = undefined;
    if (state.isTold) this.#lane.onOutage({ origin, lastedMs: performance.now() - state.since });
  }

  /** An attempt is over: if it was the scout's, and no answer has come, another one is sent. */
  attempted(target: Target, reason: string): void {
    const state = this.#state;
    if (state === undefined || state.scout !== target) return;
    state.scout = undefined;
    state.attempts += 1;
    this.#wait(state, target.origin, reason);
  }

  /** Sends no more scouts. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#state?.timer);
  }

  #wait(state: State, origin: string, reason: string): void {
    if (this.#isStopped) return;
    const { reachability, backoff, onGivenUp } = this.#lane;
    if (reachability.isOver(state.since, state.attempts, performance.now())) {
      onGivenUp(origin, reason);
      return;
    }
    state.timer = setTimeout(
      () => {
        state.scout = this.#lane.sendScout();
        // All that is left waits for something else just now.
        if (state.scout === undefined) this.#wait(state, origin, reason);
      },
      fullJitterDelay(state.attempts, backoff),
    );
  }
}
