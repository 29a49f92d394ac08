import { beforeRunningAgain } from '@crates-mirror/errors';
import type { HttpClient } from '@crates-mirror/http-client';
import type { BackoffPolicy } from '@crates-mirror/retry';
import type { Work } from '../plan/work.ts';
import type { EndedAttempt, Trouble } from './fetch/attempt.ts';
import type { CrateBody } from './fetch/crate-body.ts';
import { RequestLimit, type RequestLimits } from './fetch/request-limit.ts';
import { Requests } from './fetch/requests.ts';
import type { Batcher } from './report/batcher.ts';
import { TargetQueue } from './scan/target-queue.ts';
import type { Targets } from './scan/targets.ts';
import type { Unchanged } from './scan/unchanged.ts';
import { WorkQueue } from './scan/work-queue.ts';
import type { Destination } from './store/destination.ts';
import { Placement } from './store/placement.ts';
import { StoreError } from './store/store-error.ts';
import type { Target } from './target.ts';
import { UpstreamActions } from './upstream/upstream-actions.ts';
import type { UpstreamEvent } from './upstream/upstream-event.ts';
import { UpstreamHealth } from './upstream/upstream-health.ts';

/** Scanning yields to the network this often. */
const SCAN_SLICE_MS = 20;

export interface LaneDependencies {
  /** Initial number of concurrent requests. */
  readonly concurrency: number;
  /** Whether the lane starts out held, without sending requests. */
  readonly isHeld: boolean;
  readonly backoff: BackoffPolicy;
  readonly client: HttpClient;
  readonly store: Destination;
  readonly batcher: Batcher;
  readonly targetsOf: (work: Work) => Targets;
  /** Records files in place. */
  readonly unchanged: Pick<Unchanged, 'note'> | undefined;
  /**
   * Targets that this lane was not given or did not check individually. Their files may be in
   * place.
   */
  readonly passedOver: () => Iterable<Target | undefined>;
  readonly onWantsWork: () => void;
  readonly onFatal: (error: { code: string; message: string; hint: string | undefined }) => void;
  /**
   * Called with the first file that an origin has served, for other lanes to {@link Lane.learn}.
   */
  readonly onFirstServed: (target: Target) => void;
  /** Called with events for log, progress bar, metrics and status page. */
  readonly onUpstream: (event: UpstreamEvent) => void;
  readonly onDrained: () => void;
}

/**
 * Takes crate versions through the downloader, in one thread. It scans work for targets and
 * completes those in place immediately. The others are queued, fetched, verified, stored and
 * completed. Every step is bounded.
 */
export class Lane {
  readonly #deps: LaneDependencies;
  readonly #limit: RequestLimit;
  readonly #upstream: UpstreamHealth;
  readonly #actions: UpstreamActions;
  readonly #requests: Requests;
  readonly #placement: Placement;
  readonly #workQueue: WorkQueue<Target>;
  readonly #queue = new TargetQueue();
  #stopping = false;
  #drained = false;
  #turnScheduled = false;
  #isHeld: boolean;

  constructor(dependencies: LaneDependencies) {
    this.#deps = dependencies;
    const { concurrency, backoff, targetsOf, client, store, batcher, unchanged, passedOver } = dependencies;
    this.#isHeld = dependencies.isHeld;
    this.#limit = new RequestLimit(concurrency, () => this.#nextTurn());
    this.#workQueue = new WorkQueue(targetsOf);
    this.#upstream = new UpstreamHealth({
      concurrency,
      backoff,
      knownFiles: () => this.#placement.knownFiles(passedOver()),
    });
    this.#actions = new UpstreamActions({
      upstream: this.#upstream,
      backoff,
      queue: this.#queue,
      batcher,
      sendProbe: (target) => this.#requests.send(target, true),
      requestWaiting: () => this.#requestWaiting(),
      onDue: () => this.#nextTurn(),
      onFirstServed: dependencies.onFirstServed,
      onUpstream: dependencies.onUpstream,
      onGiveUp: (trouble) => this.#giveUp(trouble),
    });
    this.#requests = new Requests({
      client,
      batcher,
      store,
      onEnd: (attempt, body) => this.#ended(attempt, body),
    });
    this.#placement = new Placement({
      store,
      batcher,
      unchanged,
      onHeld: (target, sha256) => this.#upstream.onHeld(target, sha256),
      onPlaced: () => this.#nextTurn(),
      onFatal: (error) => this.#endFatally(error),
    });
    this.#nextTurn();
  }

  /** Accepts a piece of work requested with `onWantsWork`. */
  accept(work: Work): void {
    this.#workQueue.accept(work);
    this.#nextTurn();
  }

  /** Called when there is no more work. */
  finish(): void {
    this.#workQueue.complete();
    this.#nextTurn();
  }

  /** Called with a file that another lane was served, so its origin is known to have it. */
  learn(target: Target): void {
    const { sha256 } = target;
    if (sha256 === undefined) return;
    this.#actions.carryOut(this.#upstream.onServedElsewhere({ target, sha256 }, performance.now()));
    this.#nextTurn();
  }

  /** Sets the limits. If the limit drops, requests in progress finish normally. */
  setLimits(limits: RequestLimits): void {
    this.#limit.set(limits);
    this.#upstream.setConcurrency(limits.limit);
    this.#nextTurn();
  }

  /**
   * @param isHeld whether no new requests may be sent for now; requests in progress finish normally
   */
  setHeld(isHeld: boolean): void {
    if (this.#stopping || isHeld === this.#isHeld) return;
    this.#isHeld = isHeld;
    if (isHeld) {
      this.#actions.pause();
      this.#requests.withdrawUnsent();
    } else {
      this.#actions.resume();
    }
    this.#nextTurn();
  }

  /**
   * Stops starting new work; work in progress is completed. Targets that wait here or in the client
   * are left for the next run.
   */
  stop(): void {
    this.#stopping = true;
    this.#limit.stop();
    this.#actions.carryOut(this.#upstream.onStop());
    this.#queue.endBackoffs();
    this.#requests.withdrawUnsent();
    this.#nextTurn();
  }

  /**
   * Everything that makes the lane progress happens in one place, once per turn of the event loop.
   */
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
    this.#deps.batcher.foundTarget();
    target.startedAt = Date.now();
    if (!this.#placement.completeInPlace(target)) this.#queue.add(target);
  }

  #startSome(): void {
    if (this.#isHeld) return;
    this.#actions.carryOut(this.#upstream.onReady());
    if (this.#upstream.isHeldBack) return;
    const now = performance.now();
    while (this.#queue.backingOff < this.#limit.maxWaiting && this.#limit.allows(this.#requests.live, now)) {
      const target = this.#next();
      if (target === undefined) return;
      if (this.#fetch(target)) this.#limit.started(now);
    }
    this.#limit.awaitRate(now);
  }

  /**
   * The next target to fetch; undefined if there is none, the lane is stopping, or placed files
   * must reach the disk first.
   */
  #next(): Target | undefined {
    return this.#stopping || this.#placement.isBusy ? undefined : this.#queue.next();
  }

  #askForWork(): void {
    const isIdle = this.#queue.newCount === 0 && this.#requests.live === 0;
    if (this.#workQueue.ask(isIdle, this.#queue.wantsWork)) this.#deps.onWantsWork();
  }

  #endIfDrained(): void {
    const waiting = this.#stopping ? 0 : this.#queue.size;
    const scanned = this.#stopping || this.#workQueue.isExhausted;
    if (this.#drained || this.#requests.live > 0 || waiting > 0 || !scanned) return;
    if (this.#isHeld && !this.#stopping && this.#upstream.hasUnconfirmed) return;
    if (!this.#stopping && this.#actions.carryOut(this.#upstream.onIdle())) {
      this.#nextTurn();
      return;
    }
    if (this.#placement.placing > 0) {
      this.#placement.handOver();
      return;
    }
    this.#drained = true;
    this.#actions.carryOut(this.#upstream.onStop());
    this.#deps.batcher.flush();
    this.#deps.onDrained();
  }

  /** @returns whether a request was sent; a loose copy needs none */
  #fetch(target: Target): boolean {
    if (target.hasLooseCopy && this.#placement.placeLooseCopy(target)) return false;
    this.#requests.send(target, false);
    return true;
  }

  #ended(attempt: EndedAttempt, body: CrateBody): void {
    const actions = this.#upstream.onAttempt(attempt);
    const { target, verdict, isProbe } = attempt;
    if (verdict.kind === 'ok' && !isProbe) {
      this.#placement.place(target, body, verdict.sha256, 'downloaded');
    } else if (verdict.kind === 'sink') {
      this.#notStored(attempt, new StoreError(verdict.cause));
    }
    this.#actions.carryOut(actions);
    this.#nextTurn();
  }

  #notStored({ target, isProbe }: EndedAttempt, error: StoreError): void {
    if (isProbe) this.#placement.endIfFatal(error);
    else this.#placement.completeFailed(target, error);
  }

  /**
   * Requests one of the waiting targets.
   *
   * @returns the target; undefined if none needs a request right now
   */
  #requestWaiting(): Target | undefined {
    for (let target = this.#next(); target !== undefined; target = this.#next()) {
      if (this.#fetch(target)) return target;
    }
    this.#nextTurn();
    return undefined;
  }

  #giveUp({ message, hint }: Trouble): void {
    if (this.#stopping) return;
    this.#deps.onUpstream({ type: 'given_up', message, hint });
    this.stop();
  }

  #endFatally({ record, message, hint: advice }: StoreError): void {
    if (this.#stopping) return;
    const hint = advice ?? `${beforeRunningAgain(record.code)} and run again: it goes on where it stopped`;
    this.#deps.onFatal({ code: record.code, message: `cannot write the mirror: ${message}`, hint });
    this.stop();
  }
}
