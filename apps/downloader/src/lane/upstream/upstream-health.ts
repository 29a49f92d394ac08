import type { RecordError } from '@crates-mirror/manifest';
import { type BackoffPolicy, isUnreachable } from '@crates-mirror/retry';
import { type EndedAttempt, isRejected, isRetryable, troubleOf } from '../fetch/attempt.ts';
import { type FailedAttempt, mayRetry } from '../fetch/retry-budget.ts';
import type { Target } from '../target.ts';
import { type Action, joined, NOTHING } from './action.ts';
import { CircuitBreaker, type CircuitState } from './circuit-breaker.ts';
import { type KnownFile, Probes } from './probes.ts';
import { Reachability } from './reachability.ts';
import { Unconfirmed } from './unconfirmed.ts';

export interface UpstreamHealthOptions {
  /** Maximum number of concurrent requests of this lane. */
  readonly concurrency: number;
  readonly backoff: BackoffPolicy;
  /**
   * Returns files that the mirror holds, from targets that the lane was not given. It changes
   * nothing.
   */
  readonly knownFiles: () => Iterable<KnownFile>;
}

/**
 * Decides what an attempt indicates about its target and what about the upstream. This is a state
 * machine: it receives events and returns the actions that the lane must perform. It sends nothing,
 * sets no timers, completes nothing and reads no clock. All times are in ms on performance.now()'s
 * clock.
 */
export class UpstreamHealth {
  readonly #options: UpstreamHealthOptions;
  readonly #reachability: Reachability;
  readonly #breaker: CircuitBreaker;
  readonly #probes = new Probes();
  readonly #unconfirmed = new Unconfirmed();
  /** The probe in progress that is to confirm missing files. */
  #confirming: Target | undefined;
  /** Number of consecutive probes of this kind that were refused. */
  #refusals = 0;
  #hasLookedForKnown = false;
  #isStopped = false;

  constructor(options: UpstreamHealthOptions) {
    this.#options = options;
    this.#reachability = new Reachability(options.concurrency);
    this.#breaker = new CircuitBreaker(options.backoff.retries);
  }

  get state(): CircuitState {
    return this.#breaker.state;
  }

  /** @param concurrency the new maximum number of concurrent requests of this lane */
  setConcurrency(concurrency: number): void {
    this.#reachability.setConcurrency(concurrency);
  }

  /** Whether only probes may be sent for now. */
  get isHeldBack(): boolean {
    return this.state !== 'closed' || this.#unconfirmed.fullOrigin !== undefined;
  }

  /** Called when an attempt has ended. If it fetched its file, the lane stores that. */
  onAttempt(attempt: EndedAttempt): readonly Action[] {
    const answered = this.#answered(attempt);
    const own = attempt.isProbe ? NOTHING : this.#judge(attempt);
    const confirmed = attempt.target === this.#confirming ? this.#judgeConfirmation(attempt) : NOTHING;
    return joined(joined(answered, own), joined(confirmed, this.#breaker.probed(attempt)));
  }

  /** Called when the mirror holds a target's file. @param sha256 its checksum, lower-case hex */
  onHeld(target: Target, sha256: string): void {
    this.#probes.held({ target, sha256 });
  }

  /** Called when another lane was served a file in this run. */
  onServedElsewhere(file: KnownFile, now: number): readonly Action[] {
    const { origin } = file.target;
    // If the upstream was available to another lane, this lane waits for it as well.
    this.#reachability.reached(origin, now, false);
    this.#reachability.served(origin);
    this.#probes.held(file);
    return this.#breaker.servedElsewhere(origin, now);
  }

  /** Called when requests are paused. Any outage is forgotten, and detected again afterwards. */
  onPause(): readonly Action[] {
    return this.#breaker.abandon();
  }

  /** Called when requests resume. The pause says nothing about the upstream. */
  onResume(now: number): void {
    this.#reachability.resume(now);
  }

  /** Whether there are targets that may or may not be missing. */
  get hasUnconfirmed(): boolean {
    return this.#unconfirmed.anyOrigin !== undefined;
  }

  /** Called before the lane sends requests for targets. */
  onReady(): readonly Action[] {
    const origin = this.#unconfirmed.fullOrigin;
    return origin === undefined || this.state !== 'closed' ? NOTHING : this.#confirm(origin);
  }

  /**
   * Called when no request is in progress and no target waits.
   *
   * @returns an empty list if nothing is unconfirmed either
   */
  onIdle(): readonly Action[] {
    const origin = this.#unconfirmed.anyOrigin;
    return origin === undefined ? NOTHING : this.#confirm(origin);
  }

  /** Called when the timer of a `wait` action fires. */
  onTimer(): readonly Action[] {
    if (this.state !== 'open') return NOTHING;
    const origin = this.#breaker.refusingOrigin;
    const probe = origin === undefined ? undefined : this.#nextProbe(origin);
    if (probe === undefined) return [{ type: 'probe_waiting' }];
    return [{ type: 'probe', target: probe }, ...this.#breaker.halfOpen(probe)];
  }

  /**
   * Called when a `probe_waiting` action has sent its request.
   *
   * @param target undefined if all remaining targets wait for something else
   */
  onWaitingProbe(target: Target | undefined, now: number): readonly Action[] {
    return target === undefined ? this.#breaker.wait(now) : this.#breaker.halfOpen(target);
  }

  /** Called when no new requests are sent. Unconfirmed targets are left for the next run. */
  onStop(): readonly Action[] {
    this.#isStopped = true;
    return this.#breaker.abandon();
  }

  /** Updates the state of the upstream, whatever happens to the attempt's target. */
  #answered(attempt: EndedAttempt): readonly Action[] {
    const { target, verdict, hasAnswered, endedAt } = attempt;
    // A connection that closes without a response does not show that the upstream is available.
    if (hasAnswered) this.#reachability.reached(target.origin, endedAt, isRejected(verdict));
    const served = verdict.kind === 'ok' ? this.#served(attempt, verdict.sha256) : NOTHING;
    return joined(served, this.#breaker.answered(attempt));
  }

  #served({ target, since }: EndedAttempt, sha256: string): readonly Action[] {
    this.#refusals = 0;
    this.#reachability.served(target.origin);
    const first = this.#probes.served({ target, sha256 });
    const shared: readonly Action[] = first === undefined ? NOTHING : [{ type: 'share', target: first }];
    return joined(shared, this.#believe(target.origin, since));
  }

  /** Decides what happens to the attempt's target. */
  #judge(attempt: EndedAttempt): readonly Action[] {
    const { target, verdict, endedAt } = attempt;
    switch (verdict.kind) {
      case 'ok':
      case 'sink':
        return NOTHING;
      case 'withdrawn':
        // It is queued like any other target that was not requested.
        return this.#isStopped ? NOTHING : [{ type: 'hold', target }];
      case 'missing_upstream':
        this.#unconfirmed.add({ target, error: verdict.error, answeredAt: endedAt });
        return NOTHING;
      case 'too_large':
        return [
          {
            type: 'complete',
            target,
            outcome: { status: 'too_large', size: verdict.size, error: verdict.error },
          },
        ];
      case 'unverifiable':
        return [failed(target, verdict.error)];
      default:
        return this.#judgeFailure(attempt, verdict);
    }
  }

  #judgeFailure(
    attempt: EndedAttempt,
    verdict: FailedAttempt & { readonly error: RecordError },
  ): readonly Action[] {
    const { target, endedAt } = attempt;
    // Every rejected request gets here, so search only once.
    if (!this.#hasLookedForKnown && this.#needsKnown(attempt)) {
      this.#hasLookedForKnown = true;
      this.#lookForKnown();
    }
    const isOutage = this.#isOutage(attempt);
    const isRetry = isOutage || mayRetry(target, verdict, this.#options.backoff);
    // After a stop, targets that need a retry are left for the next run.
    if (isRetry && this.#isStopped) return NOTHING;
    if (isOutage) return joined([{ type: 'hold', target }], this.#open(attempt));
    if (isRetry) return [{ type: 'retry', target, failure: verdict }];
    const end = failed(target, verdict.error);
    const isSilent = verdict.kind === 'connection_lost' || isUnreachable(verdict.kind);
    const isHopeless = isSilent && this.#reachability.failedInSilence(endedAt);
    return isHopeless ? [end, { type: 'give_up', trouble: troubleOf(attempt) }] : [end];
  }

  /** Whether a failure concerns the upstream and not its target. */
  #isOutage({ target: { origin }, verdict, since }: EndedAttempt): boolean {
    if (isUnreachable(verdict.kind)) return this.#reachability.isOutage(origin, since);
    if (!isRejected(verdict) || !this.#reachability.isBusy(origin)) return false;
    // If no file is known to exist upstream, each of the requested files may be unavailable.
    return isRetryable(verdict) || this.#probes.count(origin) > 0;
  }

  /** Whether a known file is needed to decide if the rejection is an outage, and none is known. */
  #needsKnown({ target: { origin }, verdict }: EndedAttempt): boolean {
    if (!isRejected(verdict) || isRetryable(verdict)) return false;
    return this.#reachability.isBusy(origin) && this.#probes.count(origin) === 0;
  }

  /**
   * Probes a known file to see whether the files that the origin reported as missing really are.
   * Without a known file, the origin is believed.
   */
  #confirm(origin: string): readonly Action[] {
    if (this.#confirming !== undefined) return NOTHING;
    const probe = this.#nextProbe(origin);
    // If the run downloads nothing else, it fails at its end.
    if (probe === undefined) return this.#believe(origin);
    this.#confirming = probe;
    return [{ type: 'probe', target: probe }];
  }

  #judgeConfirmation(attempt: EndedAttempt): readonly Action[] {
    const { target, verdict } = attempt;
    const { origin } = target;
    this.#confirming = undefined;
    if (verdict.kind === 'ok' || verdict.kind === 'withdrawn' || this.#isStopped) return NOTHING;
    this.#refusals += 1;
    if (verdict.kind === 'missing_upstream' && this.#refusals < this.#probes.count(origin)) return NOTHING;
    this.#refusals = 0;
    const isAlone = this.#reachability.isAlone(origin);
    const ends = this.#unconfirmed
      .take(origin)
      .map(({ target, error }): Action => (isAlone ? { type: 'hold', target } : failed(target, error)));
    return isAlone ? joined(ends, this.#open(attempt)) : ends;
  }

  #open(attempt: EndedAttempt): readonly Action[] {
    const { isKnown } = this.#reachability;
    const { target, verdict } = attempt;
    const wasThere = isUnreachable(verdict.kind) ? isKnown : this.#reachability.hasServed(target.origin);
    return this.#breaker.open(attempt, wasThere);
  }

  /**
   * Completes the files that the origin reported as missing as such.
   *
   * @param before when the request for a served file was sent
   */
  #believe(origin: string, before?: number): readonly Action[] {
    const missing = this.#unconfirmed.take(origin, before);
    if (missing.length === 0) return NOTHING;
    return missing.map(({ target, error }) => ({
      type: 'complete',
      target,
      outcome: { status: 'missing_upstream', error },
    }));
  }

  #nextProbe(origin: string): Target | undefined {
    if (this.#probes.isShort(origin)) this.#lookForKnown();
    return this.#probes.next(origin);
  }

  #lookForKnown(): void {
    for (const file of this.#options.knownFiles()) this.#probes.held(file);
  }
}

function failed(target: Target, error: RecordError): Action {
  return { type: 'complete', target, outcome: { status: 'error', error } };
}
