import { isUnreachable } from '@crates-mirror/retry';
import { type EndedAttempt, isRejected, troubleOf } from '../fetch/attempt.ts';
import type { Verdict } from '../fetch/verdict.ts';
import type { Target } from '../target.ts';
import { type Action, joined, NOTHING } from './action.ts';
import { isWaitOver } from './reachability.ts';
import type { OutageCause, UpstreamEvent } from './upstream-event.ts';

/** `closed`: requests are sent. `open`: none is. `half-open`: one is under way, the probe. */
export type CircuitState = 'closed' | 'open' | 'half-open';

interface Outage {
  readonly cause: OutageCause;
  readonly origin: string;
  /** On performance.now()'s clock, as all times here. */
  readonly since: number;
  /** Whether the upstream was there before. One that never was ends the run soon enough, and is not reported. */
  readonly wasThere: boolean;
  isReported: boolean;
  /** Attempts that have failed. */
  failures: number;
  /** The last of them. */
  lastFailure: EndedAttempt;
  /** The one that is under way; undefined while the circuit is open. */
  probe: Target | undefined;
}

/**
 * The circuit breaker of a lane: while the upstream is gone, or hands out nothing, nothing is asked for but by one probe at a
 * time, after growing waits. It decides, and does nothing itself.
 */
export class CircuitBreaker {
  readonly #retries: number;
  #outage: Outage | undefined;

  /** @param retries probes of an upstream that was never there */
  constructor(retries: number) {
    this.#retries = retries;
  }

  get state(): CircuitState {
    if (this.#outage === undefined) return 'closed';
    return this.#outage.probe === undefined ? 'open' : 'half-open';
  }

  /** The origin whose known files may serve as probes. While nobody is there, a file that is needed will do as well. */
  get refusingOrigin(): string | undefined {
    return this.#outage?.cause === 'unreachable' ? undefined : this.#outage?.origin;
  }

  /** What has happened to an attempt happens to all. @param wasThere whether it was otherwise before, in this run */
  open(attempt: EndedAttempt, wasThere: boolean): readonly Action[] {
    if (this.#outage !== undefined) return NOTHING;
    const { origin } = attempt.target;
    const cause = causeOf(attempt.verdict);
    this.#outage = {
      cause,
      origin,
      since: attempt.endedAt,
      wasThere,
      isReported: false,
      failures: 1,
      lastFailure: attempt,
      probe: undefined,
    };
    // Some files may be in trouble and others not: the probe will tell.
    const reported = cause === 'busy' ? NOTHING : this.#reportFailure(this.#outage);
    return joined(reported, this.wait(attempt.endedAt));
  }

  /** The timer is due, and this is asked for. */
  halfOpen(probe: Target): readonly Action[] {
    const outage = this.#outage;
    if (outage === undefined) return NOTHING;
    outage.probe = probe;
    return outage.isReported ? [report({ type: 'half_opened', origin: outage.origin })] : NOTHING;
  }

  /** An attempt has ended; closes the circuit if it shows that the upstream is back. Comes before {@link probed}. */
  answered({ target, verdict, hasAnswered, endedAt }: EndedAttempt): readonly Action[] {
    const outage = this.#outage;
    if (outage === undefined || !hasAnswered) return NOTHING;
    const isBack =
      outage.cause === 'unreachable' || (outage.probe === target && showsService(outage, verdict));
    return isBack ? this.#close(outage, target.origin, endedAt) : NOTHING;
  }

  /** Another lane was handed a file: somebody is there. */
  servedElsewhere(origin: string, now: number): readonly Action[] {
    const outage = this.#outage;
    return outage?.cause === 'unreachable' ? this.#close(outage, origin, now) : NOTHING;
  }

  /** An attempt has ended; opens the circuit again if it was the probe, and has not closed it. */
  probed(attempt: EndedAttempt): readonly Action[] {
    const outage = this.#outage;
    if (outage === undefined || outage.probe !== attempt.target) return NOTHING;
    outage.probe = undefined;
    outage.failures += 1;
    outage.lastFailure = attempt;
    return joined(this.#reportFailure(outage), this.wait(attempt.endedAt));
  }

  /** Until the next probe, if there is another one. */
  wait(now: number): readonly Action[] {
    const outage = this.#outage;
    if (outage === undefined) return NOTHING;
    const { failures, lastFailure } = outage;
    if (isWaitOver(outage, this.#retries, now)) return [{ type: 'give_up', trouble: troubleOf(lastFailure) }];
    const { verdict } = lastFailure;
    const retryAfterMs = 'retryAfterMs' in verdict ? verdict.retryAfterMs : undefined;
    return [{ type: 'wait', failures, retryAfterMs }];
  }

  /** Nobody waits for the upstream any longer. */
  abandon(): readonly Action[] {
    const outage = this.#outage;
    if (outage === undefined) return NOTHING;
    this.#outage = undefined;
    const { origin, isReported } = outage;
    const stopped: readonly Action[] = [{ type: 'stop_waiting' }];
    return isReported ? [...stopped, report({ type: 'abandoned', origin })] : stopped;
  }

  #reportFailure(outage: Outage): readonly Action[] {
    const { origin, cause, lastFailure } = outage;
    if (outage.isReported) return [report({ type: 'reopened', origin })];
    if (!outage.wasThere) return NOTHING;
    outage.isReported = true;
    return [report({ type: 'opened', origin, cause, trouble: troubleOf(lastFailure).message })];
  }

  /** @param origin that has answered */
  #close({ cause, since, isReported }: Outage, origin: string, now: number): readonly Action[] {
    this.#outage = undefined;
    const closed: readonly Action[] = [{ type: 'stop_waiting' }];
    return isReported
      ? [...closed, report({ type: 'closed', origin, cause, lastedMs: now - since })]
      : closed;
  }
}

function report(event: UpstreamEvent): Action {
  return { type: 'report', event };
}

function causeOf(verdict: Verdict): OutageCause {
  if (isUnreachable(verdict.kind)) return 'unreachable';
  return isRejected(verdict) ? 'busy' : 'refusing';
}

/** Whether a probe's answer shows that an outage is over. An upstream that has never handed out a file may have no such file. */
function showsService({ cause, wasThere }: Outage, verdict: Verdict): boolean {
  return verdict.kind === 'ok' || (cause === 'busy' && !wasThere && !isRejected(verdict));
}
