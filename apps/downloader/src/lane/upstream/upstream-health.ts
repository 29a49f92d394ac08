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
  /** Requests of this lane that may be under way at once. */
  readonly concurrency: number;
  readonly backoff: BackoffPolicy;
  /** Files that the mirror holds, of those that the lane was not given; a question that changes nothing. */
  readonly knownFiles: () => Iterable<KnownFile>;
}

/**
 * Tells what an attempt says of its target from what it says of the upstream. A state machine: it is told what has happened,
 * and answers with what the lane has to do. It sends nothing, sets no timer, settles nothing, and looks at no clock. All times
 * are ms on performance.now()'s clock.
 */
export class UpstreamHealth {
  readonly #options: UpstreamHealthOptions;
  readonly #reachability: Reachability;
  readonly #breaker: CircuitBreaker;
  readonly #probes = new Probes();
  readonly #unconfirmed = new Unconfirmed();
  /** The probe under way that is to confirm what is missing. */
  #confirming: Target | undefined;
  /** Such probes that were refused, one after the other. */
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

  /** @param concurrency requests of this lane that may be under way at once from now on */
  setConcurrency(concurrency: number): void {
    this.#reachability.setConcurrency(concurrency);
  }

  /** Whether nothing is to be asked for just now but probes. */
  get isHeldBack(): boolean {
    return this.state !== 'closed' || this.#unconfirmed.fullOrigin !== undefined;
  }

  /** An attempt has ended. Where it has brought its file, the lane stores that. */
  onAttempt(attempt: EndedAttempt): readonly Action[] {
    const told = this.#answered(attempt);
    const own = attempt.isProbe ? NOTHING : this.#judge(attempt);
    const confirmed = attempt.target === this.#confirming ? this.#judgeConfirmation(attempt) : NOTHING;
    return joined(joined(told, own), joined(confirmed, this.#breaker.probed(attempt)));
  }

  /** The mirror holds a target's file. @param sha256 of it, lower-case hex */
  onHeld(target: Target, sha256: string): void {
    this.#probes.held({ target, sha256 });
  }

  /** Another lane was handed a file, in this run. */
  onServedElsewhere(file: KnownFile, now: number): readonly Action[] {
    const { origin } = file.target;
    // An upstream that was there for another lane is waited for by this one, too.
    this.#reachability.reached(origin, now, false);
    this.#reachability.served(origin);
    this.#probes.held(file);
    return this.#breaker.servedElsewhere(origin, now);
  }

  /** Nothing is asked for, for now: what is wrong with the upstream is found out anew afterwards. */
  onPause(): readonly Action[] {
    return this.#breaker.abandon();
  }

  /** Targets are asked for again. The time since says nothing of the upstream. */
  onResume(now: number): void {
    this.#reachability.resume(now);
  }

  /** Whether it is open of targets whether they are missing. */
  get hasUnconfirmed(): boolean {
    return this.#unconfirmed.anyOrigin !== undefined;
  }

  /** The lane is about to ask for targets. */
  onReady(): readonly Action[] {
    const origin = this.#unconfirmed.fullOrigin;
    return origin === undefined || this.state !== 'closed' ? NOTHING : this.#confirm(origin);
  }

  /** Nothing is under way, and nothing waits. @returns nothing where nothing is unconfirmed either */
  onIdle(): readonly Action[] {
    const origin = this.#unconfirmed.anyOrigin;
    return origin === undefined ? NOTHING : this.#confirm(origin);
  }

  /** What `wait` asked for is due. */
  onTimer(): readonly Action[] {
    if (this.state !== 'open') return NOTHING;
    const origin = this.#breaker.refusingOrigin;
    const probe = origin === undefined ? undefined : this.#nextProbe(origin);
    if (probe === undefined) return [{ type: 'probe_waiting' }];
    return [{ type: 'probe', target: probe }, ...this.#breaker.halfOpen(probe)];
  }

  /** What `probe_waiting` asked for is under way. @param target undefined where all that is left waits for something else */
  onWaitingProbe(target: Target | undefined, now: number): readonly Action[] {
    return target === undefined ? this.#breaker.wait(now) : this.#breaker.halfOpen(target);
  }

  /** Nothing new is asked for. What is unconfirmed is left for the next run. */
  onStop(): readonly Action[] {
    this.#isStopped = true;
    return this.#breaker.abandon();
  }

  /** What the attempt says of the upstream, whatever becomes of its target. */
  #answered(attempt: EndedAttempt): readonly Action[] {
    const { target, verdict, hasAnswered, endedAt } = attempt;
    // A connection that ends without a word is no sign that anybody is there.
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

  /** What becomes of the attempt's target. */
  #judge(attempt: EndedAttempt): readonly Action[] {
    const { target, verdict, endedAt } = attempt;
    switch (verdict.kind) {
      case 'ok':
      case 'sink':
        return NOTHING;
      case 'withdrawn':
        // It waits like any other that was not asked for.
        return this.#isStopped ? NOTHING : [{ type: 'hold', target }];
      case 'missing_upstream':
        this.#unconfirmed.add({ target, error: verdict.error, answeredAt: endedAt });
        return NOTHING;
      case 'too_large':
        return [
          {
            type: 'complete',
            target,
            settlement: { status: 'too_large', size: verdict.size, error: verdict.error },
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
    // Once is enough: every request that is rejected comes here.
    if (!this.#hasLookedForKnown && this.#needsKnown(attempt)) {
      this.#hasLookedForKnown = true;
      this.#lookForKnown();
    }
    const isOutage = this.#isOutage(attempt);
    const isRetry = isOutage || mayRetry(target, verdict, this.#options.backoff);
    // A stop leaves what would have to be asked for again to the next run.
    if (isRetry && this.#isStopped) return NOTHING;
    if (isOutage) return joined([{ type: 'hold', target }], this.#open(attempt));
    if (isRetry) return [{ type: 'retry', target, failure: verdict }];
    const end = failed(target, verdict.error);
    const isSilent = verdict.kind === 'connection_lost' || isUnreachable(verdict.kind);
    const isHopeless = isSilent && this.#reachability.failedInSilence(endedAt);
    return isHopeless ? [end, { type: 'give_up', trouble: troubleOf(attempt) }] : [end];
  }

  /** Whether a failure says something of the upstream, and nothing of its target. */
  #isOutage({ target: { origin }, verdict, since }: EndedAttempt): boolean {
    if (isUnreachable(verdict.kind)) return this.#reachability.isOutage(origin, since);
    if (!isRejected(verdict) || !this.#reachability.isBusy(origin)) return false;
    // Of files that nobody is known to get, each may well be asked for in vain.
    return isRetryable(verdict) || this.#probes.count(origin) > 0;
  }

  /** Whether it depends on a known file whether the rejection is an outage, and none is known. */
  #needsKnown({ target: { origin }, verdict }: EndedAttempt): boolean {
    if (!isRejected(verdict) || isRetryable(verdict)) return false;
    return this.#reachability.isBusy(origin) && this.#probes.count(origin) === 0;
  }

  /** Asks for a known file, to see whether what the origin calls missing is. Without one, it is believed. */
  #confirm(origin: string): readonly Action[] {
    if (this.#confirming !== undefined) return NOTHING;
    const probe = this.#nextProbe(origin);
    // A run to which nothing else happens fails at its end.
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

  /** What the origin calls missing is. @param before when a file that has come was asked for */
  #believe(origin: string, before?: number): readonly Action[] {
    const missing = this.#unconfirmed.take(origin, before);
    if (missing.length === 0) return NOTHING;
    return missing.map(({ target, error }) => ({
      type: 'complete',
      target,
      settlement: { status: 'missing_upstream', error },
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
  return { type: 'complete', target, settlement: { status: 'error', error } };
}
