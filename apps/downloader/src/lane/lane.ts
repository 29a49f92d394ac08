import { beforeRunningAgain } from '@crates-mirror/errors';
import type { HttpClient } from '@crates-mirror/http-client';
import type { RecordError } from '@crates-mirror/manifest';
import { type BackoffPolicy, isUnreachable } from '@crates-mirror/retry';
import type { Work } from '../plan/work.ts';
import { type EndedAttempt, type Trouble, troubleOf } from './fetch/attempt.ts';
import type { CrateBody } from './fetch/crate-body.ts';
import { countRetry, type FailedAttempt, mayRetry } from './fetch/retry-budget.ts';
import { judge } from './fetch/verdict.ts';
import type { Batcher } from './report/batcher.ts';
import { TargetQueue } from './scan/target-queue.ts';
import type { Targets } from './scan/targets.ts';
import type { Unchanged } from './scan/unchanged.ts';
import { WorkQueue } from './scan/work-queue.ts';
import type { Destination } from './store/destination.ts';
import { StoreError } from './store/store-error.ts';
import type { InPlace, Settlement, Target } from './target.ts';
import type { OutageNote, WaitRequest } from './upstream/outage-note.ts';
import { UpstreamHealth } from './upstream/upstream-health.ts';

/** Scanning gives way to the network this often. */
const SCAN_SLICE_MS = 20;
/** A wait that is told of. */
const LONG_WAIT_MS = 5000;
/** Targets waiting out a backoff, for each request that may be under way. */
const MAX_WAITING_FACTOR = 8;

export interface LaneDependencies {
  readonly concurrency: number;
  readonly backoff: BackoffPolicy;
  readonly client: HttpClient;
  readonly store: Destination;
  readonly batcher: Batcher;
  readonly targetsOf: (work: Work) => Targets;
  /** Takes note of what is in place. */
  readonly unchanged: Pick<Unchanged, 'note'> | undefined;
  /** Targets that this lane was not given, or did not look at one by one; their files may be in place. */
  readonly passedOver: () => Iterable<Target | undefined>;
  readonly onWantsWork: () => void;
  readonly onFatal: (error: { code: string; message: string; hint: string | undefined }) => void;
  /** Told of the first file that an origin has handed out, for other lanes to {@link Lane.learn}. */
  readonly onFirstServed: (target: Target) => void;
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
  readonly #upstream: UpstreamHealth;
  readonly #workQueue: WorkQueue<Target>;
  readonly #queue = new TargetQueue();
  #live = 0;
  /** Verified, and on their way to disk. */
  #placing = 0;
  #stopping = false;
  #drained = false;
  #turnScheduled = false;

  constructor(dependencies: LaneDependencies) {
    this.#with = dependencies;
    const { concurrency, backoff, batcher, targetsOf, onFirstServed, onOutage } = dependencies;
    this.#workQueue = new WorkQueue(targetsOf);
    this.#upstream = new UpstreamHealth({
      concurrency,
      backoff,
      sendScout: () => this.#sendScout(),
      lookForHeld: () => this.#lookForHeld(),
      onFirstServed,
      sendControl: (target) => this.#request(target, true),
      onSettled: (target, settlement) => batcher.settle(target, settlement),
      onHeld: (target) => this.#queue.addAgain(target),
      onOutage,
      onGivenUp: (trouble) => this.#giveUp(trouble),
    });
    this.#nextTurn();
  }

  /** Takes a piece of work, as asked for by `onWantsWork`. */
  accept(work: Work): void {
    this.#workQueue.accept(work);
    this.#nextTurn();
  }

  /** No more work will come. */
  finish(): void {
    this.#workQueue.complete();
    this.#nextTurn();
  }

  /** Another lane was handed this file: its origin has it. */
  learn(target: Target): void {
    if (target.sha256 === undefined) return;
    this.#upstream.servedElsewhere(target, target.sha256);
    this.#nextTurn();
  }

  /** Starts nothing new; what is under way is settled. Targets that wait, here or in the client, are left for the next run. */
  stop(): void {
    this.#stopping = true;
    this.#upstream.stop();
    this.#queue.endBackoffs();
    this.#with.client.withdrawUnsent();
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
    while (this.#workQueue.hasMore && this.#queue.hasRoom && !this.#stopping) {
      const target = this.#workQueue.next();
      if (target !== undefined) this.#admit(target);
      if (performance.now() > until) break;
    }
    if (this.#workQueue.hasMore && this.#queue.hasRoom) this.#nextTurn();
  }

  #admit(target: Target): void {
    const { batcher, store, unchanged } = this.#with;
    batcher.foundTarget();
    target.startedAt = Date.now();
    try {
      const found = store.find(target);
      const inPlace = found && store.takeOver(target, found);
      target.hasLooseCopy = found !== undefined && inPlace === undefined;
      if (inPlace === undefined) {
        this.#queue.add(target);
        return;
      }
      batcher.settle(target, inPlace);
      unchanged?.note(target, inPlace);
      this.#upstream.held(target, inPlace.sha256);
    } catch (error) {
      this.#settleStoreError(target, error);
    }
  }

  #startSome(): void {
    const { concurrency } = this.#with;
    this.#upstream.lookInto(false);
    if (this.#upstream.isHeldBack) return;
    while (this.#live < concurrency && this.#queue.backingOff < concurrency * MAX_WAITING_FACTOR) {
      const target = this.#next();
      if (target === undefined) return;
      this.#fetch(target);
    }
  }

  /** The target that is to be asked for next; undefined where there is none, or what was placed is to be on disk first. */
  #next(): Target | undefined {
    return this.#with.store.isBusy ? undefined : this.#queue.next();
  }

  #askForWork(): void {
    const isIdle = this.#queue.newCount === 0 && this.#live === 0;
    if (this.#workQueue.ask(isIdle, this.#queue.wantsWork)) this.#with.onWantsWork();
  }

  #endIfDrained(): void {
    const waiting = this.#stopping ? 0 : this.#queue.size;
    const scanned = this.#stopping || this.#workQueue.isExhausted;
    if (this.#drained || this.#live > 0 || waiting > 0 || !scanned) return;
    if (!this.#stopping && this.#upstream.lookInto(true)) {
      this.#nextTurn();
      return;
    }
    if (this.#placing > 0) {
      this.#with.store.handOver();
      return;
    }
    this.#drained = true;
    this.#upstream.stop();
    this.#with.batcher.flush();
    this.#with.onDrained();
  }

  /** @returns whether it is asked for: a loose copy needs no request */
  #fetch(target: Target): boolean {
    if (target.hasLooseCopy && this.#takeLooseCopy(target)) return false;
    this.#request(target, false);
    return true;
  }

  /** @param isControl whether it is only to be seen whether the file comes */
  #request(target: Target, isControl: boolean): void {
    const { client, batcher, store } = this.#with;
    const body = store.newBody();
    const location = { origin: target.origin, path: target.url.slice(target.origin.length) };
    this.#live += 1;
    const since = performance.now();
    const startedAt = batcher.startAttempt();
    client.get(location, body, (outcome) => {
      this.#live -= 1;
      const verdict = judge(target, body, outcome);
      const kind = isControl && verdict.kind === 'ok' ? 'control' : verdict.kind;
      const status = outcome.ok ? 200 : outcome.status;
      batcher.endAttempt({ startedAt, kind, status, bytes: outcome.bytes });
      const attempt = { target, verdict, hasAnswered: outcome.ok || outcome.hasAnswered, since };
      this.#upstream.answered(attempt);
      if (isControl) this.#discardControl(attempt, body);
      else this.#receive(attempt, body);
      this.#upstream.attempted(attempt);
      this.#nextTurn();
    });
  }

  #discardControl({ verdict }: EndedAttempt, body: CrateBody): void {
    body.discard();
    if (verdict.kind === 'sink') this.#endIfFatal(new StoreError(verdict.cause));
  }

  #receive(attempt: EndedAttempt, body: CrateBody): void {
    const { target, verdict } = attempt;
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
        this.#upstream.suspect(target, verdict.error);
        return;
      case 'withdrawn':
        // It waits like any other that was not asked for.
        return;
      case 'unverifiable':
        this.#with.batcher.settle(target, { status: 'error', error: verdict.error });
        return;
      default:
        if (this.#upstream.holds(attempt)) return;
        if (mayRetry(target, verdict, this.#with.backoff)) this.#retryLater(target, verdict);
        else this.#fail(attempt, verdict.error);
    }
  }

  #lookForHeld(): void {
    for (const target of this.#with.passedOver()) {
      try {
        const found = target && this.#with.store.find(target);
        if (target && found) this.#upstream.held(target, found.sha256);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
      }
    }
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
        this.#upstream.held(target, sha256);
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
      this.#with.batcher.stored(startedAt);
      if (result instanceof StoreError) this.#settleStoreError(target, result);
      else this.#with.batcher.settle(target, result);
      this.#nextTurn();
    });
  }

  /** The one retry layer: integrity failures come here like any other. */
  #retryLater(target: Target, failure: FailedAttempt): void {
    // A stop leaves what would have to be tried again to the next run.
    if (this.#stopping) return;
    this.#with.batcher.retried();
    const { retryAfterMs: ms = 0, status } = failure;
    if (ms >= LONG_WAIT_MS) this.#with.onAskedToWait({ origin: target.origin, status, ms });
    const delayMs = countRetry(target, failure, this.#with.backoff);
    this.#queue.addLater(target, delayMs, () => this.#nextTurn());
  }

  #fail(attempt: EndedAttempt, error: RecordError): void {
    const { target, verdict } = attempt;
    this.#with.batcher.settle(target, { status: 'error', error });
    const isSilent = verdict.kind === 'connection_lost' || isUnreachable(verdict.kind);
    if (isSilent && this.#upstream.unreachable()) this.#giveUp(troubleOf(attempt));
  }

  #settleStoreError(target: Target, error: unknown): void {
    if (!(error instanceof StoreError)) throw error;
    const settlement: Settlement = { status: 'error', error: error.record };
    this.#with.batcher.settle(target, settlement);
    this.#endIfFatal(error);
  }

  #endIfFatal(error: StoreError): void {
    if (error.isFatal)
      this.#fatal(error.record.code, `cannot write the mirror: ${error.message}`, storeHint(error));
  }

  #giveUp({ message, hint }: Trouble): void {
    this.#fatal('upstream_unreachable', message, hint);
  }

  #fatal(code: string, message: string, hint: string | undefined): void {
    if (this.#stopping) return;
    this.#with.onFatal({ code, message, hint });
    this.stop();
  }
}

function storeHint({ record }: StoreError): string {
  return `${beforeRunningAgain(record.code)} and run again: it goes on where it stopped`;
}
