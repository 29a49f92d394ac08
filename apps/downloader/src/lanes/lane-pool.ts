import type { Worker } from 'node:worker_threads';
import { CodedError, errorCode, errorMessage } from '@crates-mirror/errors';
import type { ProfileKind } from '@crates-mirror/metrics';
import type { RequestLimits } from '../lane/fetch/request-limit.ts';
import type { BundleGroup, FromLane, LaneStart, LaneTraffic, ToLane } from '../lane/protocol.ts';
import type { CompletedBatch } from '../lane/report/completed-batch.ts';
import type { PieceUnchanged } from '../lane/scan/unchanged.ts';
import type { UpstreamEvent } from '../lane/upstream/upstream-event.ts';
import type { Work } from '../plan/work.ts';
import { LaneThread } from './lane-thread.ts';
import { UpstreamReports } from './upstream-reports.ts';

/** An error after which the run cannot continue. */
export interface Fatal {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
}

export interface LanePoolEvents {
  /**
   * Returns the next piece of work; undefined when there is none left. An error thrown here is
   * fatal.
   */
  readonly nextWork: () => Work | undefined;
  readonly onCompleted: (batch: CompletedBatch) => void;
  /** Appends a group to a bundle. @returns the id of the bundle, once the group is on disk */
  readonly onGroup: (group: BundleGroup) => Promise<string>;
  /** Called at most once, with the fatal error; the pool is already stopping. */
  readonly onFatal: (error: Fatal) => void;
  /** Called with the upstream events of all lanes, merged. */
  readonly onUpstream: (event: UpstreamEvent) => void;
  /** Called with the outcome of a lane's requests. @param lane from 0 */
  readonly onTraffic: (lane: number, traffic: LaneTraffic) => void;
  /** Called with what the next run may know about a piece. */
  readonly onUnchanged: (piece: PieceUnchanged) => void;
}

/**
 * Runs lanes in worker threads and distributes work among them. The first lane exists from the
 * start. The others start once there is more than one piece of work; otherwise their start would
 * only slow down the first.
 */
export class LanePool {
  readonly #events: LanePoolEvents;
  readonly #threads: LaneThread[] = [];
  /** Start parameters of the lanes not yet started. */
  readonly #toStart: LaneStart[];
  /**
   * Lookahead: the piece of work after the last one sent. Undefined before it was fetched, and if
   * there is none.
   */
  #ahead: Work | undefined;
  /** The hold state that lanes receive as they start. */
  #isHeld: boolean | undefined;
  #shares: readonly RequestLimits[] = [];
  readonly #served: ToLane[] = [];
  #stopping = false;
  #failed = false;
  readonly #upstreamReports = new UpstreamReports<Worker>();

  /** @param first a thread that was started ahead of time */
  constructor(
    starts: readonly LaneStart[],
    events: LanePoolEvents,
    first = new LaneThread({ willFetch: false }),
  ) {
    this.#events = events;
    this.#toStart = [...starts];
    this.#startNext(first);
  }

  /** Stops starting new work; work in progress is completed. */
  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    for (const thread of this.#threads) thread.send({ type: 'stop' });
  }

  /** Terminates all lanes at once; work in progress is lost. */
  async terminate(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  /**
   * @param isHeld whether lanes must not start new requests for now; requests in progress finish
   *   normally
   */
  setHeld(isHeld: boolean): void {
    this.#isHeld = isHeld;
    for (const thread of this.#threads) thread.send({ type: 'held', isHeld });
  }

  /** @param shares how many requests each lane may start, indexed by lane */
  setLimits(shares: readonly RequestLimits[]): void {
    this.#shares = shares;
    for (const [lane, limits] of shares.entries()) this.#threads[lane]?.send({ type: 'limits', limits });
  }

  /**
   * Takes profiles of all lanes, in pprof format. The profile of a lane that ends before it answers
   * is empty. Only one call may be in progress at a time.@param signal cancels the profiles
   */
  async takeProfiles(kind: ProfileKind, ms: number, signal: AbortSignal): Promise<Uint8Array[]> {
    const end = (): void => {
      for (const thread of this.#threads) thread.send({ type: 'end_profile' });
    };
    signal.addEventListener('abort', end);
    const profiles = this.#threads.map((thread) => {
      thread.send({ type: 'take_profile', kind, ms });
      return profileOf(thread);
    });
    try {
      return await Promise.all(profiles);
    } finally {
      signal.removeEventListener('abort', end);
    }
  }

  /**
   * Resolves when all lanes have ended.
   *
   * @throws the error that a lane died of, which is a bug and never a user's mistake
   */
  async done(): Promise<void> {
    const died: unknown[] = [];
    // The others are added before the first lane ends.
    for (const { ended } of this.#threads) await ended.catch((error: unknown) => died.push(error));
    if (died.length > 0) throw died[0];
  }

  #startNext(thread: LaneThread): void {
    const start = this.#toStart.shift();
    if (start === undefined) return;
    const { worker, ended } = thread;
    const lane = this.#threads.push(thread) - 1;
    worker.ref();
    worker.on('message', (message: FromLane) => this.#receive(thread, message));
    ended.catch(() => this.stop());
    thread.send({ type: 'start', start });
    if (this.#isHeld !== undefined) thread.send({ type: 'held', isHeld: this.#isHeld });
    const limits = this.#shares[lane];
    if (limits !== undefined) thread.send({ type: 'limits', limits });
    for (const message of this.#served) thread.send(message);
  }

  #receive(thread: LaneThread, message: FromLane): void {
    const { worker } = thread;
    switch (message.type) {
      case 'wants_work':
        this.#feed(thread);
        return;
      case 'completed':
        this.#events.onCompleted(message.batch);
        return;
      case 'traffic':
        this.#events.onTraffic(this.#threads.indexOf(thread), message.traffic);
        return;
      case 'bundle':
        void this.#bundle(thread, message.group);
        return;
      case 'fatal':
        this.#fail(message);
        return;
      case 'served':
        this.#served.push(message);
        for (const other of this.#threads) if (other !== thread) other.send(message);
        return;
      case 'upstream':
        this.#noteUpstream(worker, message.event);
        return;
      case 'unchanged':
        this.#events.onUnchanged(message.piece);
        return;
      case 'drained':
        // This is the lane's last message. A connection that closes slowly must not keep a finished
        // run alive.
        void worker.terminate();
        return;
      case 'profile':
        // The caller that requested the profile listens for this message itself.
        return;
    }
  }

  #noteUpstream(worker: Worker, event: UpstreamEvent): void {
    const merged = this.#upstreamReports.merge(worker, event);
    if (merged !== undefined) this.#events.onUpstream(merged);
    if (event.type === 'given_up') this.#fail({ code: 'upstream_unreachable', ...event });
  }

  async #bundle(thread: LaneThread, group: BundleGroup): Promise<void> {
    try {
      const bundle = await this.#events.onGroup(group);
      thread.send({ type: 'stored', group: group.group, bundle });
    } catch (error) {
      const record = { code: errorCode(error), message: errorMessage(error) };
      thread.send({ type: 'not_stored', group: group.group, error: record });
    }
  }

  #feed(thread: LaneThread): void {
    if (this.#stopping) return;
    try {
      const work = this.#nextWork();
      thread.send(work === undefined ? { type: 'finish' } : { type: 'work', work });
      if (this.#toStart.length > 0) this.#startOthers();
    } catch (error) {
      const hint = error instanceof CodedError ? error.hint : undefined;
      this.#fail({ code: errorCode(error), message: errorMessage(error), hint });
    }
  }

  #nextWork(): Work | undefined {
    const work = this.#ahead ?? this.#events.nextWork();
    this.#ahead = undefined;
    return work;
  }

  /** Starts the other lanes if there is work for them. */
  #startOthers(): void {
    this.#ahead ??= this.#events.nextWork();
    if (this.#ahead === undefined) return;
    while (this.#toStart.length > 0) this.#startNext(new LaneThread({ willFetch: false }));
  }

  #fail(fatal: Fatal): void {
    if (!this.#failed) this.#events.onFatal(fatal);
    this.#failed = true;
    this.stop();
  }
}

function profileOf({ worker, ended }: LaneThread): Promise<Uint8Array> {
  const answered = new Promise<Uint8Array>((resolve) => {
    worker.on('message', function onMessage(message: FromLane) {
      if (message.type !== 'profile') return;
      worker.off('message', onMessage);
      resolve(message.profile);
    });
  });
  return Promise.race([
    answered,
    ended.then(
      () => new Uint8Array(),
      () => new Uint8Array(),
    ),
  ]);
}
