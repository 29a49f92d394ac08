import { beforeRunningAgain } from '@crates-mirror/errors';
import type { HttpClient } from '@crates-mirror/http-client';
import type { RecordError } from '@crates-mirror/manifest';
import { type BackoffPolicy, isUnreachable } from '@crates-mirror/retry';
import type { Work } from '../plan/work.ts';
import type { CrateBody } from './crate-body.ts';
import type { Destination } from './destination.ts';
import { Intake } from './intake.ts';
import { Outage } from './outage.ts';
import type { Outbox } from './outbox.ts';
import type { OutageNote, WaitRequest } from './protocol.ts';
import { Reachability } from './reachability.ts';
import { countRetry, type FailedAttempt, mayRetry } from './retry-budget.ts';
import { StoreError } from './store-error.ts';
import type { InPlace, Settlement, Target } from './target.ts';
import type { Targets } from './targets.ts';
import type { Unchanged } from './unchanged.ts';
import { judge, type Verdict } from './verdict.ts';
import { Waiting } from './waiting.ts';

/** Scanning gives way to the network this often. */
const SCAN_SLICE_MS = 20;
/** A wait that is told of. */
const LONG_WAIT_MS = 5000;
/** Targets waiting out a backoff, for each request that may be under way. */
const MOST_WAITING_FACTOR = 8;

export interface LaneDependencies {
  readonly concurrency: number;
  readonly backoff: BackoffPolicy;
  readonly client: HttpClient;
  readonly store: Destination;
  readonly outbox: Outbox;
  readonly targetsOf: (work: Work) => Targets;
  /** Takes note of what is in place. */
  readonly unchanged: Pick<Unchanged, 'note'> | undefined;
  readonly onHungry: () => void;
  readonly onFatal: (error: { code: string; message: string; hint: string | undefined }) => void;
  /** Told when the upstream is gone, and when it is back. */
  readonly onOutage: (outage: OutageNote) => void;
  /** Told when a server asks for so much patience that somebody might wonder. */
  readonly onAskedToWait: (request: WaitRequest) => void;
  readonly onDrained: () => void;
}

/**
 * The way of a crate version through the downloader, in one thread: work is scanned for targets, what is in place is
 * settled at once, the rest is queued, fetched, verified, stored and settled. Bounded at every step.
 */
export class Lane {
  readonly #with: LaneDependencies;
  readonly #reachability: Reachability;
  readonly #intake: Intake;
  readonly #waiting = new Waiting();
  readonly #outage: Outage;
  #live = 0;
  /** Verified, and on their way to disk. */
  #placing = 0;
  #stopping = false;
  #drained = false;
  #turnScheduled = false;

  constructor(dependencies: LaneDependencies) {
    this.#with = dependencies;
    const { concurrency, backoff, targetsOf, onOutage } = dependencies;
    this.#intake = new Intake(targetsOf);
    this.#reachability = new Reachability(concurrency, backoff.retries);
    this.#outage = new Outage({
      reachability: this.#reachability,
      backoff,
      onOutage,
      sendScout: () => this.#sendScout(),
      onGivenUp: (origin, reason) =>
        this.#fatal('upstream_unreachable', `${origin} cannot be reached: ${reason}`, REACH_HINT),
    });
    this.#nextTurn();
  }

  /** Takes a piece of work, as asked for by `onHungry`. */
  accept(work: Work): void {
    this.#intake.accept(work);
    this.#nextTurn();
  }

  /** No more work will come. */
  finish(): void {
    this.#intake.complete();
    this.#nextTurn();
  }

  /** Starts nothing new; what is under way is settled. Targets that wait are left for the next run. */
  stop(): void {
    this.#stopping = true;
    this.#outage.stop();
    this.#waiting.endBackoffs();
    this.#nextTurn();
  }

  /** Everything that moves the lane on happens in one place, once per turn of the event loop. */
  #nextTurn(): void {
    if (this.#turnScheduled) return;
    this.#turnScheduled = true;
    setImmediate(() => {
      this.#turnScheduled = false;
      this.#turn();
    });
  }

  #turn(): void {
    if (!this.#stopping) {
      this.#askForWork();
      this.#scanSome();
      this.#startSome();
      this.#askForWork();
    }
    this.#endIfDrained();
  }

  #scanSome(): void {
    const until = performance.now() + SCAN_SLICE_MS;
    while (this.#intake.hasMore && this.#waiting.hasRoom && !this.#stopping) {
      const target = this.#intake.next();
      if (target !== undefined) this.#admit(target);
      if (performance.now() > until) break;
    }
    if (this.#intake.hasMore && this.#waiting.hasRoom) this.#nextTurn();
  }

  #admit(target: Target): void {
    const { outbox, store, unchanged } = this.#with;
    outbox.foundTarget();
    target.startedAt = Date.now();
    try {
      const inPlace = store.find(target);
      if (inPlace === undefined) this.#waiting.add(target);
      else {
        outbox.settle(target, inPlace);
        unchanged?.note(target, inPlace);
      }
    } catch (error) {
      this.#settleStoreError(target, error);
    }
  }

  #startSome(): void {
    const { concurrency } = this.#with;
    if (this.#outage.isOn) return;
    while (this.#live < concurrency && this.#waiting.backingOff < concurrency * MOST_WAITING_FACTOR) {
      const target = this.#next();
      if (target === undefined) return;
      this.#fetch(target);
    }
  }

  /** The target that is to be asked for next; undefined where there is none, or what was placed is to be on disk first. */
  #next(): Target | undefined {
    return this.#with.store.isBusy ? undefined : this.#waiting.next();
  }

  #askForWork(): void {
    const isIdle = this.#waiting.newCount === 0 && this.#live === 0;
    if (this.#intake.ask(isIdle, this.#waiting.isHungry)) this.#with.onHungry();
  }

  #endIfDrained(): void {
    const waiting = this.#stopping ? 0 : this.#waiting.size;
    const scanned = this.#stopping || this.#intake.isExhausted;
    if (this.#drained || this.#live > 0 || waiting > 0 || !scanned) return;
    if (this.#placing > 0) {
      this.#with.store.handOver();
      return;
    }
    this.#drained = true;
    this.#outage.stop();
    this.#with.outbox.flush();
    this.#with.onDrained();
  }

  /** @returns whether it is asked for: a loose copy needs no request */
  #fetch(target: Target): boolean {
    if (target.hasLooseCopy && this.#takeLooseCopy(target)) return false;
    const { client, outbox, store } = this.#with;
    const body = store.newBody();
    const location = { origin: target.origin, path: target.url.slice(target.origin.length) };
    this.#live += 1;
    const since = performance.now();
    const startedAt = outbox.startAttempt();
    client.get(location, body, (outcome) => {
      this.#live -= 1;
      const verdict = judge(target, body, outcome);
      const status = outcome.ok ? 200 : outcome.status;
      outbox.endAttempt({ startedAt, kind: verdict.kind, status, bytes: outcome.bytes });
      // A connection that ends without a word is no sign that anybody is there.
      if (outcome.ok || outcome.hasAnswered) this.#reached(target.origin);
      this.#receive(target, body, verdict, since);
      this.#outage.attempted(target, 'error' in verdict ? verdict.error.message : verdict.kind);
      this.#nextTurn();
    });
    return true;
  }

  /** @param since when the attempt began, on performance.now()'s clock */
  #receive(target: Target, body: CrateBody, verdict: Verdict, since: number): void {
    const { outbox } = this.#with;
    if (verdict.kind === 'ok') {
      this.#place(target, body, verdict.sha256, 'downloaded');
      return;
    }
    body.discard();
    switch (verdict.kind) {
      case 'sink':
        this.#settleStoreError(target, new StoreError(verdict.cause));
        return;
      case 'missing_upstream':
        outbox.settle(target, { status: 'missing_upstream', error: verdict.error });
        return;
      case 'unverifiable':
        outbox.settle(target, { status: 'error', error: verdict.error });
        return;
      default:
        if (isUnreachable(verdict.kind) && this.#reachability.isOutage(target.origin, since))
          this.#hold(target, verdict.error);
        else this.#attemptFailed(target, verdict, verdict.error);
    }
  }

  #reached(origin: string): void {
    this.#reachability.reached(origin, performance.now());
    this.#outage.end(origin);
  }

  /** Keeps a target that nothing speaks against for when the upstream is there again. */
  #hold(target: Target, error: RecordError): void {
    this.#waiting.addAgain(target);
    if (!this.#stopping) this.#outage.begin(target.origin, error.message);
  }

  #sendScout(): Target | undefined {
    for (let target = this.#next(); target !== undefined; target = this.#next()) {
      if (this.#fetch(target)) return target;
    }
    this.#nextTurn();
    return undefined;
  }

  /** @returns false when the copy is not what it was, so that the target must be fetched */
  #takeLooseCopy(target: Target): boolean {
    try {
      const body = this.#with.store.loadLooseCopy(target);
      const sha256 = body?.digest();
      if (body !== undefined && sha256 !== undefined && sha256 === (target.sha256 ?? sha256)) {
        this.#place(target, body, sha256, 'verified_existing');
        return true;
      }
      body?.discard();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
    target.hasLooseCopy = false;
    return false;
  }

  #place(target: Target, body: CrateBody, sha256: string, status: InPlace): void {
    this.#placing += 1;
    const startedAt = performance.now();
    this.#with.store.place({ target, body, sha256, status }, (result) => {
      this.#placing -= 1;
      this.#with.outbox.stored(startedAt);
      if (result instanceof StoreError) this.#settleStoreError(target, result);
      else this.#with.outbox.settle(target, result);
      this.#nextTurn();
    });
  }

  /** The one retry layer: integrity failures come here like any other. */
  #attemptFailed(target: Target, failure: FailedAttempt, error: RecordError): void {
    const { backoff, outbox } = this.#with;
    if (!mayRetry(target, failure, backoff)) {
      outbox.settle(target, { status: 'error', error });
      const isSilent = failure.kind === 'connection_lost' || isUnreachable(failure.kind);
      if (isSilent && this.#reachability.unreachable(performance.now())) {
        this.#fatal(
          'upstream_unreachable',
          `${target.origin} cannot be reached: ${error.message}`,
          REACH_HINT,
        );
      }
      return;
    }
    // A stop leaves what would have to be tried again to the next run.
    if (this.#stopping) return;
    outbox.retried();
    const { retryAfterMs: ms = 0, status } = failure;
    if (ms >= LONG_WAIT_MS) this.#with.onAskedToWait({ origin: target.origin, status, ms });
    this.#waiting.addLater(target, countRetry(target, failure, backoff), () => this.#nextTurn());
  }

  #settleStoreError(target: Target, error: unknown): void {
    if (!(error instanceof StoreError)) throw error;
    const settlement: Settlement = { status: 'error', error: error.record };
    this.#with.outbox.settle(target, settlement);
    if (error.isFatal)
      this.#fatal(error.record.code, `cannot write the mirror: ${error.message}`, storeHint(error));
  }

  #fatal(code: string, message: string, hint: string | undefined): void {
    if (this.#stopping) return;
    this.#with.onFatal({ code, message, hint });
    this.stop();
  }
}

const REACH_HINT =
  'Check the network, --crates-base-url and --ca-file, and run again: it goes on where it stopped';

function storeHint({ record }: StoreError): string {
  return `${beforeRunningAgain(record.code)} and run again: it goes on where it stopped`;
}
