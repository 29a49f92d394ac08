import type { Worker } from 'node:worker_threads';
import { CodedError, errorCode, errorMessage } from '@crates-mirror/errors';
import type { ProfileKind } from '@crates-mirror/metrics';
import type { RequestLimits } from './lane/fetch/request-limit.ts';
import type { BundleGroup, FromLane, LaneStart, LaneTraffic, ToLane } from './lane/protocol.ts';
import type { SettledBatch } from './lane/report/settled-batch.ts';
import type { PieceUnchanged } from './lane/scan/unchanged.ts';
import type { UpstreamEvent } from './lane/upstream/upstream-event.ts';
import { LaneThread } from './lane-thread.ts';
import type { Work } from './plan/work.ts';
import { UpstreamReports } from './upstream-reports.ts';

/** What makes going on pointless. */
export interface Fatal {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
}

export interface LanePoolEvents {
  /** The next piece; undefined when there is no more. What it throws is fatal. */
  readonly nextWork: () => Work | undefined;
  readonly onSettled: (batch: SettledBatch) => void;
  /** Puts a group into a bundle. @returns the bundle's id, once the group is on disk. */
  readonly onGroup: (group: BundleGroup) => Promise<string>;
  /** Going on is pointless; the pool is stopping already. Called at most once. */
  readonly onFatal: (error: Fatal) => void;
  /** What all lanes report, as one account. */
  readonly onUpstream: (event: UpstreamEvent) => void;
  /** What a lane's requests came to. @param lane from 0 */
  readonly onTraffic: (lane: number, traffic: LaneTraffic) => void;
  /** What the next run may know of a piece. */
  readonly onUnchanged: (piece: PieceUnchanged) => void;
}

/**
 * Runs lanes in worker threads and shares out work among them. The first one is there at once, the others when there is more work
 * than one piece: where there is not, their start would only take time from the first.
 */
export class LanePool {
  readonly #events: LanePoolEvents;
  readonly #threads: LaneThread[] = [];
  /** What lanes that are not there yet begin with. */
  readonly #toStart: LaneStart[];
  /** The work after what has been handed out; undefined before it was looked for, and where there is none. */
  #ahead: Work | undefined;
  /** What lanes are told as they start. */
  #isHeld: boolean | undefined;
  #shares: readonly RequestLimits[] = [];
  readonly #served: ToLane[] = [];
  #stopping = false;
  #failed = false;
  readonly #upstreamReports = new UpstreamReports<Worker>();

  /** @param first a thread that was started ahead */
  constructor(
    starts: readonly LaneStart[],
    events: LanePoolEvents,
    first = new LaneThread({ willFetch: false }),
  ) {
    this.#events = events;
    this.#toStart = [...starts];
    this.#startNext(first);
  }

  /** Starts nothing new; what is under way is settled. */
  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    for (const thread of this.#threads) thread.send({ type: 'stop' });
  }

  /** Ends every lane at once; what is under way is lost. */
  async terminate(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  /** @param isHeld whether nothing new is asked for, for now; what is under way ends as it would */
  setHeld(isHeld: boolean): void {
    this.#isHeld = isHeld;
    for (const thread of this.#threads) thread.send({ type: 'held', isHeld });
  }

  /** @param shares how many requests each lane may start, from 0 on */
  setLimits(shares: readonly RequestLimits[]): void {
    this.#shares = shares;
    for (const [lane, limits] of shares.entries()) this.#threads[lane]?.send({ type: 'limits', limits });
  }

  /**
   * Profiles of all lanes, in pprof's format; empty from lanes that end before they have answered. One at a time.
   *
   * @param signal cuts them short
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

  /** Resolves when every lane has ended. @throws what a lane died of: a bug, never a user's mistake */
  async done(): Promise<void> {
    const died: unknown[] = [];
    // Others are added before the first one ends.
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
      case 'settled':
        this.#events.onSettled(message.batch);
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
        // Its last message. A connection that is slow to close must not keep a finished run alive.
        void worker.terminate();
        return;
      case 'profile':
        // Whoever asked for it listens by himself.
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

  /** Where there is work for them. */
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
