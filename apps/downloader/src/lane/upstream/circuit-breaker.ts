import { isUnreachable } from '@crates-mirror/retry';
import { type EndedAttempt, isRejected, troubleOf } from '../fetch/attempt.ts';
import type { Verdict } from '../fetch/verdict.ts';
import type { Target } from '../target.ts';
import { type Action, joined, NOTHING } from './action.ts';
import { isWaitOver } from './reachability.ts';
import type { OutageCause, UpstreamEvent } from './upstream-event.ts';

/**
 * `closed`: requests are sent. `open`: no requests are sent. `half-open`: one request, the probe,
 * is in progress.
 */
export type CircuitState = 'closed' | 'open' | 'half-open';

interface Outage {
  readonly cause: OutageCause;
  readonly origin: string;
  /** On performance.now()'s clock, like all times here. */
  readonly since: number;
  /**
   * Whether the upstream was available before. One that never was soon ends the run, and is not
   * reported.
   */
  readonly wasThere: boolean;
  isReported: boolean;
  /** Number of failed attempts. */
  failures: number;
  /** The most recent of them. */
  lastFailure: EndedAttempt;
  /** The probe in progress; undefined while the circuit is open. */
  probe: Target | undefined;
}

/**
 * The circuit breaker of a lane. While the upstream is unreachable or serves nothing, only one
 * probe at a time is sent, after growing waits. The breaker makes decisions and performs no actions
 * itself.
 */
export class CircuitBreaker {
  readonly #retries: number;
  #outage: Outage | undefined;

  /** @param retries number of probes of an upstream that was never available */
  constructor(retries: number) {
    this.#retries = retries;
  }

  get state(): CircuitState {
    if (this.#outage === undefined) return 'closed';
    return this.#outage.probe === undefined ? 'open' : 'half-open';
  }

  /**
   * The origin whose known files may serve as probes. Undefined while the upstream is unreachable,
   * since any needed file will do then.
   */
  get refusingOrigin(): string | undefined {
    return this.#outage?.cause === 'unreachable' ? undefined : this.#outage?.origin;
  }

  /**
   * Opens the circuit: the cause of this failure affects all requests.
   *
   * @param wasThere whether the upstream was available earlier in this run
   */
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
    // Possibly only some files are affected; the probe will show that.
    const reported = cause === 'busy' ? NOTHING : this.#reportFailure(this.#outage);
    return joined(reported, this.wait(attempt.endedAt));
  }

  /** Called when the timer has fired and this probe was sent. */
  halfOpen(probe: Target): readonly Action[] {
    const outage = this.#outage;
    if (outage === undefined) return NOTHING;
    outage.probe = probe;
    return outage.isReported ? [report({ type: 'half_opened', origin: outage.origin })] : NOTHING;
  }

  /**
   * Called when an attempt has ended. Closes the circuit if the attempt shows that the upstream is
   * back. Must be called before {@link probed}.
   */
  answered({ target, verdict, hasAnswered, endedAt }: EndedAttempt): readonly Action[] {
    const outage = this.#outage;
    if (outage === undefined || !hasAnswered) return NOTHING;
    const isBack =
      outage.cause === 'unreachable' || (outage.probe === target && showsService(outage, verdict));
    return isBack ? this.#close(outage, target.origin, endedAt) : NOTHING;
  }

  /** Called when another lane was served a file, so the upstream is reachable. */
  servedElsewhere(origin: string, now: number): readonly Action[] {
    const outage = this.#outage;
    return outage?.cause === 'unreachable' ? this.#close(outage, origin, now) : NOTHING;
  }

  /**
   * Called when an attempt has ended. Opens the circuit again if the attempt was the probe and has
   * not closed it.
   */
  probed(attempt: EndedAttempt): readonly Action[] {
    const outage = this.#outage;
    if (outage === undefined || outage.probe !== attempt.target) return NOTHING;
    outage.probe = undefined;
    outage.failures += 1;
    outage.lastFailure = attempt;
    return joined(this.#reportFailure(outage), this.wait(attempt.endedAt));
  }

  /** Waits until the next probe, or gives up if no further probe is allowed. */
  wait(now: number): readonly Action[] {
    const outage = this.#outage;
    if (outage === undefined) return NOTHING;
    const { failures, lastFailure } = outage;
    if (isWaitOver(outage, this.#retries, now)) return [{ type: 'give_up', trouble: troubleOf(lastFailure) }];
    const { verdict } = lastFailure;
    const retryAfterMs = 'retryAfterMs' in verdict ? verdict.retryAfterMs : undefined;
    return [{ type: 'wait', failures, retryAfterMs }];
  }

  /** Stops waiting for the upstream. */
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

  /** @param origin the origin that responded */
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

/**
 * Whether a probe's response shows that an outage is over. If the upstream has never served a file,
 * it may simply not have the probed one.
 */
function showsService({ cause, wasThere }: Outage, verdict: Verdict): boolean {
  return verdict.kind === 'ok' || (cause === 'busy' && !wasThere && !isRejected(verdict));
}
