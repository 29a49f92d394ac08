import type { RecordError } from '@crates-mirror/manifest';
import { type BackoffPolicy, isUnreachable } from '@crates-mirror/retry';
import { type EndedAttempt, isRejected, isRetryable, type Trouble } from '../fetch/attempt.ts';
import type { Verdict } from '../fetch/verdict.ts';
import type { Settlement, Target } from '../target.ts';
import { Outage } from './outage.ts';
import type { OutageNote } from './outage-note.ts';
import { Probes } from './probes.ts';
import { Reachability } from './reachability.ts';
import { Unconfirmed } from './unconfirmed.ts';

/** What the judge of an upstream needs of its lane. */
export interface UpstreamHealthActions {
  readonly concurrency: number;
  readonly backoff: BackoffPolicy;
  /** Asks for one of the targets that wait. @returns it; undefined where none needs a request just now */
  readonly sendScout: () => Target | undefined;
  /** No file is known that is in place: tells of some by {@link UpstreamHealth.held}, if there are any. */
  readonly lookForHeld: () => void;
  /** Told of the first file that an origin has handed out, so that other lanes can ask for it when they are in doubt. */
  readonly onFirstServed: (target: Target) => void;
  /** Asks for a file only to see whether it comes. */
  readonly sendControl: (target: Target) => void;
  /** It is known now how a target ends. */
  readonly onSettled: (target: Target, settlement: Settlement) => void;
  /** A target that nothing speaks against is to be asked for again. */
  readonly onHeld: (target: Target) => void;
  /** Told when the upstream is gone, and when it is back. */
  readonly onOutage: (note: OutageNote) => void;
  /** The upstream is not waited for any longer. */
  readonly onGivenUp: (trouble: Trouble) => void;
}

/** Tells what an attempt says of its target from what it says of the upstream. */
export class UpstreamHealth {
  readonly #lane: UpstreamHealthActions;
  readonly #reachability: Reachability;
  readonly #controls = new Probes();
  readonly #suspects = new Unconfirmed();
  readonly #outage: Outage;
  /** The one that is under way for the sake of suspects. */
  #control: Target | undefined;
  /** Probes that were refused, one after the other. */
  #refusals = 0;
  #hasLookedForHeld = false;
  #isStopped = false;

  constructor(lane: UpstreamHealthActions) {
    this.#lane = lane;
    const { concurrency, backoff, sendScout, onOutage, onGivenUp } = lane;
    this.#reachability = new Reachability(concurrency);
    const sendControl = (origin: string) => this.#sendControl(origin);
    this.#outage = new Outage({ backoff, sendScout, sendControl, onOutage, onGivenUp });
  }

  /** Whether nothing is to be asked for just now. */
  get isHeldBack(): boolean {
    return this.#outage.isOn || this.#suspects.fullOrigin !== undefined;
  }

  /** The mirror holds a target's file. @param sha256 of it, lower-case hex */
  held(target: Target, sha256: string): void {
    this.#controls.held(target, sha256);
  }

  /** Another lane was handed a target's file, in this run. @param sha256 of it, lower-case hex */
  servedElsewhere(target: Target, sha256: string): void {
    const { origin } = target;
    // Whoever was there for another lane is waited for by this one, too.
    this.#reachability.reached(origin, performance.now(), false);
    this.#reachability.served(origin);
    this.#controls.held(target, sha256);
    this.#outage.servedElsewhere(origin);
  }

  /** An attempt has ended. Comes before whatever becomes of its target. */
  answered(attempt: EndedAttempt): void {
    const { target, verdict, hasAnswered, since } = attempt;
    const { origin } = target;
    // A connection that ends without a word is no sign that anybody is there.
    if (hasAnswered) this.#reachability.reached(origin, performance.now(), isRejected(verdict));
    if (verdict.kind === 'ok') {
      this.#refusals = 0;
      this.#reachability.served(origin);
      const first = this.#controls.served(target, verdict.sha256);
      if (first !== undefined) this.#lane.onFirstServed(first);
      this.#believe(origin, since);
    }
    this.#outage.answered(attempt);
  }

  /** The target is missing upstream, as the answer says. It is settled when it is known that other files come. */
  suspect(target: Target, error: RecordError): void {
    this.#suspects.add({ target, error, answeredAt: performance.now() });
  }

  /** Keeps the target for later if its failure says nothing of it. @returns whether that is so */
  holds(attempt: EndedAttempt): boolean {
    const { target, verdict, since } = attempt;
    const { origin } = target;
    const isOutage = isUnreachable(verdict.kind)
      ? this.#reachability.isOutage(origin, since)
      : this.#isDeniedToAll(origin, verdict);
    if (!isOutage) return false;
    this.#lane.onHeld(target);
    this.#beginOutage(attempt);
    return true;
  }

  /** A target was given up since nobody said a word. @returns whether to give up altogether */
  unreachable(): boolean {
    return this.#reachability.unreachable(performance.now());
  }

  /** An attempt has ended, and its target is seen to. */
  attempted(attempt: EndedAttempt): void {
    if (attempt.target === this.#control) this.#judgeControl(attempt);
    this.#outage.attempted(attempt);
  }

  /**
   * Sees to it that suspects are told from what is refused. @param isLast whether nothing else is left to do
   *
   * @returns whether there were any to see to
   */
  lookInto(isLast: boolean): boolean {
    const origin = isLast ? this.#suspects.anyOrigin : this.#suspects.fullOrigin;
    if (origin === undefined || this.#control !== undefined || (this.#outage.isOn && !isLast)) return false;
    this.#control = this.#sendControl(origin);
    // Nothing is known that could be asked for instead. A run to which nothing else happens fails at its end.
    if (this.#control === undefined) this.#believe(origin);
    return true;
  }

  /** Sends nobody any more. Those in doubt are left for the next run. */
  stop(): void {
    this.#isStopped = true;
    this.#outage.stop();
  }

  /** Whether all requests are turned down. Of files that nobody is known to get, each may well be asked for in vain. */
  #isDeniedToAll(origin: string, verdict: Verdict): boolean {
    if (!isRejected(verdict) || !this.#reachability.isBusy(origin)) return false;
    if (isRetryable(verdict)) return true;
    // Once is enough: this is asked of every request that is turned down.
    if (this.#controls.count(origin) === 0 && !this.#hasLookedForHeld) this.#lane.lookForHeld();
    this.#hasLookedForHeld = true;
    return this.#controls.count(origin) > 0;
  }

  #sendControl(origin: string): Target | undefined {
    if (this.#controls.isShort(origin)) this.#lane.lookForHeld();
    const control = this.#controls.next(origin);
    if (control !== undefined) this.#lane.sendControl(control);
    return control;
  }

  #judgeControl(attempt: EndedAttempt): void {
    const { target, verdict } = attempt;
    const { origin } = target;
    this.#control = undefined;
    if (verdict.kind === 'ok' || this.#isStopped) return;
    this.#refusals += 1;
    if (verdict.kind === 'missing_upstream' && this.#refusals < this.#controls.count(origin)) return;
    this.#refusals = 0;
    const isAlone = this.#reachability.isAlone(origin);
    for (const { target, error } of this.#suspects.take(origin)) {
      if (isAlone) this.#lane.onHeld(target);
      else this.#lane.onSettled(target, { status: 'error', error });
    }
    if (isAlone) this.#beginOutage(attempt);
  }

  #beginOutage(attempt: EndedAttempt): void {
    const { target, verdict } = attempt;
    const { isKnown } = this.#reachability;
    const wasThere = isUnreachable(verdict.kind) ? isKnown : this.#reachability.hasServed(target.origin);
    this.#outage.begin(attempt, wasThere);
  }

  /** @param before when a file that has come was asked for */
  #believe(origin: string, before?: number): void {
    for (const { target, error } of this.#suspects.take(origin, before))
      this.#lane.onSettled(target, { status: 'missing_upstream', error });
  }
}
