import { type BackoffPolicy, retryDelay } from '@crates-mirror/retry';
import type { Trouble } from '../fetch/attempt.ts';
import { countRetry, type FailedAttempt } from '../fetch/retry-budget.ts';
import type { Batcher } from '../report/batcher.ts';
import type { TargetQueue } from '../scan/target-queue.ts';
import type { Target } from '../target.ts';
import type { Action } from './action.ts';
import type { UpstreamEvent } from './upstream-event.ts';
import type { UpstreamHealth } from './upstream-health.ts';

/** Minimum duration of a wait that is reported, in ms. */
const LONG_WAIT_MS = 5000;

export interface UpstreamActionsOptions {
  readonly upstream: UpstreamHealth;
  readonly backoff: BackoffPolicy;
  readonly queue: TargetQueue;
  readonly batcher: Pick<Batcher, 'retried' | 'complete'>;
  /** Requests a file only to see whether it is served. */
  readonly sendProbe: (target: Target) => void;
  /**
   * Requests one of the waiting targets.
   *
   * @returns the target; undefined if none needs a request right now
   */
  readonly requestWaiting: () => Target | undefined;
  /** Called when a target's backoff has ended. */
  readonly onDue: () => void;
  readonly onFirstServed: (target: Target) => void;
  readonly onUpstream: (event: UpstreamEvent) => void;
  readonly onGiveUp: (trouble: Trouble) => void;
}

/** Executes the decisions of {@link UpstreamHealth} in a lane. */
export class UpstreamActions {
  readonly #deps: UpstreamActionsOptions;
  #timer: NodeJS.Timeout | undefined;
  #isPaused = false;

  constructor(options: UpstreamActionsOptions) {
    this.#deps = options;
  }

  /** Stops waiting for an upstream and sends nothing, not even a probe. */
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
        batcher.complete(action.target, action.outcome);
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

  /** The only retry layer. Integrity failures are retried here like all others. */
  #retryLater(target: Target, failure: FailedAttempt): void {
    const { batcher, backoff, queue, onUpstream, onDue } = this.#deps;
    batcher.retried();
    const { retryAfterMs: ms = 0, status } = failure;
    if (ms >= LONG_WAIT_MS) onUpstream({ type: 'asked_to_wait', origin: target.origin, status, ms });
    queue.addLater(target, countRetry(target, failure, backoff), onDue);
  }
}
