import { type BackoffPolicy, retryDelay } from '@crates-mirror/retry';
import type { Trouble } from '../fetch/attempt.ts';
import { countRetry, type FailedAttempt } from '../fetch/retry-budget.ts';
import type { Batcher } from '../report/batcher.ts';
import type { TargetQueue } from '../scan/target-queue.ts';
import type { Target } from '../target.ts';
import type { Action } from './action.ts';
import type { UpstreamEvent } from './upstream-event.ts';
import type { UpstreamHealth } from './upstream-health.ts';

/** A wait that is reported. */
const LONG_WAIT_MS = 5000;

export interface UpstreamActionsOptions {
  readonly upstream: UpstreamHealth;
  readonly backoff: BackoffPolicy;
  readonly queue: TargetQueue;
  readonly batcher: Pick<Batcher, 'retried' | 'settle'>;
  /** Asks for a file only to see whether it comes. */
  readonly sendProbe: (target: Target) => void;
  /** Asks for one of the targets that wait. @returns it; undefined where none needs a request just now */
  readonly requestWaiting: () => Target | undefined;
  /** A target's backoff is over. */
  readonly onDue: () => void;
  readonly onFirstServed: (target: Target) => void;
  readonly onUpstream: (event: UpstreamEvent) => void;
  readonly onGiveUp: (trouble: Trouble) => void;
}

/** Does in a lane what {@link UpstreamHealth} decides. */
export class UpstreamActions {
  readonly #deps: UpstreamActionsOptions;
  #timer: NodeJS.Timeout | undefined;
  #isPaused = false;

  constructor(options: UpstreamActionsOptions) {
    this.#deps = options;
  }

  /** No upstream is waited for: nothing is sent, not even a probe. */
  pause(): void {
    this.#isPaused = true;
    this.carryOut(this.#deps.upstream.onPause());
  }

  resume(): void {
    this.#isPaused = false;
    this.#deps.upstream.onResume(performance.now());
  }

  /** @returns whether there was anything to do */
  carryOut(actions: readonly Action[]): boolean {
    for (const action of actions) this.#do(action);
    return actions.length > 0;
  }

  #do(action: Action): void {
    const { upstream, queue, batcher, backoff } = this.#deps;
    switch (action.type) {
      case 'retry':
        this.#retryLater(action.target, action.failure);
        break;
      case 'hold':
        queue.addAgain(action.target);
        break;
      case 'complete':
        batcher.settle(action.target, action.settlement);
        break;
      case 'probe':
        this.#deps.sendProbe(action.target);
        break;
      case 'probe_waiting':
        this.carryOut(upstream.onWaitingProbe(this.#deps.requestWaiting(), performance.now()));
        break;
      case 'wait':
        this.#wait(retryDelay(action.failures, backoff, action.retryAfterMs));
        break;
      case 'stop_waiting':
        clearTimeout(this.#timer);
        break;
      case 'share':
        this.#deps.onFirstServed(action.target);
        break;
      case 'report':
        this.#deps.onUpstream(action.event);
        break;
      case 'give_up':
        this.#deps.onGiveUp(action.trouble);
        break;
    }
  }

  #wait(ms: number): void {
    const { upstream } = this.#deps;
    this.#timer = setTimeout(() => {
      this.carryOut(this.#isPaused ? upstream.onPause() : upstream.onTimer());
    }, ms);
  }

  /** The one retry layer: integrity failures come here like any other. */
  #retryLater(target: Target, failure: FailedAttempt): void {
    const { batcher, backoff, queue, onUpstream, onDue } = this.#deps;
    batcher.retried();
    const { retryAfterMs: ms = 0, status } = failure;
    if (ms >= LONG_WAIT_MS) onUpstream({ type: 'asked_to_wait', origin: target.origin, status, ms });
    queue.addLater(target, countRetry(target, failure, backoff), onDue);
  }
}
