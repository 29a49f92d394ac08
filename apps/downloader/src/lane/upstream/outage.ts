import { type BackoffPolicy, isUnreachable, retryDelay } from '@crates-mirror/retry';
import { type EndedAttempt, isRejected, type Trouble, troubleOf } from '../fetch/attempt.ts';
import type { Verdict } from '../fetch/verdict.ts';
import type { Target } from '../target.ts';
import type { OutageNote } from './outage-note.ts';
import { isWaitOver } from './reachability.ts';

/**
 * `gone`: nobody is there, and whoever answers ends it. `busy`: it turns everything down. `refusing`: it says of files that it
 * has that they are missing.
 */
type OutageKind = 'gone' | 'busy' | 'refusing';

/** What an outage needs of its lane. */
export interface OutageLane {
  readonly backoff: BackoffPolicy;
  /** Asks for one of the targets that wait. @returns it; undefined where none needs a request just now */
  readonly sendScout: () => Target | undefined;
  /** Asks for a file that the origin is known to have. @returns it; undefined where none is known */
  readonly sendControl: (origin: string) => Target | undefined;
  /** Told when the upstream is gone, and when it is back. */
  readonly onOutage: (note: OutageNote) => void;
  /** The upstream is not waited for any longer. */
  readonly onGivenUp: (trouble: Trouble) => void;
}

interface State {
  readonly kind: OutageKind;
  readonly origin: string;
  /** On performance.now()'s clock. */
  readonly since: number;
  /** Whether the upstream was there before. One that never was ends the run soon enough, and is not told of. */
  readonly wasThere: boolean;
  isTold: boolean;
  /** Attempts that have failed. */
  attempts: number;
  scout: Target | undefined;
  timer: NodeJS.Timeout | undefined;
}

/**
 * The time in which an upstream is gone, or hands out nothing. Nothing is asked for but by one target at a time, the scout,
 * which looks whether it is back, after growing waits.
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

  /** What has happened to an attempt happens to all. @param wasThere whether it was otherwise before, in this run */
  begin(attempt: EndedAttempt, wasThere: boolean): void {
    if (this.#state !== undefined || this.#isStopped) return;
    const { verdict, target } = attempt;
    const kind = kindOf(verdict);
    const state: State = {
      kind,
      origin: target.origin,
      since: performance.now(),
      wasThere,
      isTold: false,
      attempts: 1,
      scout: undefined,
      timer: undefined,
    };
    this.#state = state;
    // Some files may be in trouble and others not: the scout will tell.
    if (kind !== 'busy') this.#tell(state, attempt);
    this.#wait(state, attempt);
  }

  /** An attempt has ended: the outage, too, if it shows that. */
  answered({ target, verdict, hasAnswered }: EndedAttempt): void {
    const state = this.#state;
    if (state === undefined || !hasAnswered) return;
    if (state.kind === 'gone' || (state.scout === target && isBack(state, verdict)))
      this.#end(state, target.origin);
  }

  /** Another lane was handed a file: somebody is there. */
  servedElsewhere(origin: string): void {
    if (this.#state?.kind === 'gone') this.#end(this.#state, origin);
  }

  /** What an attempt came to is seen to: if it was the scout's, and the outage goes on, another one is sent. */
  attempted(attempt: EndedAttempt): void {
    const state = this.#state;
    if (state === undefined || this.#isStopped || state.scout !== attempt.target) return;
    state.scout = undefined;
    state.attempts += 1;
    this.#tell(state, attempt);
    this.#wait(state, attempt);
  }

  /** Sends no more scouts. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#state?.timer);
  }

  #tell(state: State, attempt: EndedAttempt): void {
    if (state.isTold || !state.wasThere) return;
    state.isTold = true;
    this.#lane.onOutage({ origin: state.origin, trouble: troubleOf(attempt).message });
  }

  /** @param origin who has answered */
  #end(state: State, origin: string): void {
    clearTimeout(state.timer);
    this.#state = undefined;
    if (!state.isTold) return;
    const isServing = state.kind !== 'gone';
    this.#lane.onOutage({ origin, isServing, lastedMs: performance.now() - state.since });
  }

  #wait(state: State, attempt: EndedAttempt): void {
    if (this.#isStopped) return;
    const { backoff, onGivenUp } = this.#lane;
    if (isWaitOver(state, backoff.retries, performance.now())) {
      onGivenUp(troubleOf(attempt));
      return;
    }
    const { verdict } = attempt;
    const retryAfterMs = 'retryAfterMs' in verdict ? verdict.retryAfterMs : undefined;
    state.timer = setTimeout(
      () => {
        state.scout = this.#send(state);
        // All that is left waits for something else just now.
        if (state.scout === undefined) this.#wait(state, attempt);
      },
      retryDelay(state.attempts, backoff, retryAfterMs),
    );
  }

  #send({ kind, origin }: State): Target | undefined {
    const { sendControl, sendScout } = this.#lane;
    return kind === 'gone' ? sendScout() : (sendControl(origin) ?? sendScout());
  }
}

function kindOf(verdict: Verdict): OutageKind {
  if (isUnreachable(verdict.kind)) return 'gone';
  return isRejected(verdict) ? 'busy' : 'refusing';
}

/** Whether a scout's answer shows that an outage is over. One that has never handed out a file may have no such file. */
function isBack({ kind, wasThere }: State, verdict: Verdict): boolean {
  return verdict.kind === 'ok' || (kind === 'busy' && !wasThere && !isRejected(verdict));
}
