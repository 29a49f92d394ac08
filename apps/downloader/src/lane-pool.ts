import { Worker } from 'node:worker_threads';
import { CodedError, errorCode, errorMessage } from '@crates-mirror/errors';
import type { ProfileKind } from '@crates-mirror/metrics';
import type { RequestLimits } from './lane/fetch/request-limit.ts';
import type { BundleGroup, FromLane, LaneStart, LaneTraffic, ToLane } from './lane/protocol.ts';
import type { SettledBatch } from './lane/report/settled-batch.ts';
import type { PieceUnchanged } from './lane/scan/unchanged.ts';
import type { UpstreamEvent } from './lane/upstream/upstream-event.ts';
import type { Work } from './plan/work.ts';
import { UpstreamReports } from './upstream-reports.ts';

const LANE = new URL('./lane/lane-worker.ts', import.meta.url);

/**
 * Left to itself, V8 lets a lane's garbage grow to several times what lives. These limits keep it at 40 MB a lane: over
 * 184,413 files a run peaked at 240 MB resident instead of 536, in the same time. MB.
 */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 24 };

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

/** Runs lanes in worker threads and shares out work among them. */
export class LanePool {
  readonly #events: LanePoolEvents;
  readonly #workers: Worker[];
  readonly #ended: Promise<void>[];
  #stopping = false;
  #failed = false;
  readonly #upstreamReports = new UpstreamReports<Worker>();

  constructor(starts: readonly LaneStart[], events: LanePoolEvents) {
    this.#events = events;
    this.#workers = starts.map(
      (start) => new Worker(LANE, { workerData: start, resourceLimits: HEAP_LIMITS }),
    );
    this.#ended = this.#workers.map((worker) => this.#listen(worker));
  }

  /** Starts nothing new; what is under way is settled. */
  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    for (const worker of this.#workers) this.#send(worker, { type: 'stop' });
  }

  /** Ends every lane at once; what is under way is lost. */
  async terminate(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  /** @param isHeld whether nothing new is asked for, for now; what is under way ends as it would */
  setHeld(isHeld: boolean): void {
    for (const worker of this.#workers) this.#send(worker, { type: 'held', isHeld });
  }

  /** @param shares how many requests each lane may start, from 0 on */
  setLimits(shares: readonly RequestLimits[]): void {
    for (const [lane, limits] of shares.entries())
      this.#workers[lane]?.postMessage({ type: 'limits', limits });
  }

  /**
   * Profiles of all lanes, in pprof's format; empty from lanes that end before they have answered. One at a time.
   *
   * @param signal cuts them short
   */
  async takeProfiles(kind: ProfileKind, ms: number, signal: AbortSignal): Promise<Uint8Array[]> {
    const end = (): void => {
      for (const worker of this.#workers) this.#send(worker, { type: 'end_profile' });
    };
    signal.addEventListener('abort', end);
    const profiles = this.#workers.map((worker) => {
      this.#send(worker, { type: 'take_profile', kind, ms });
      return this.#profileOf(worker);
    });
    try {
      return await Promise.all(profiles);
    } finally {
      signal.removeEventListener('abort', end);
    }
  }

  /** Resolves when every lane has ended. @throws what a lane died of: a bug, never a user's mistake */
  async done(): Promise<void> {
    const ends = await Promise.allSettled(this.#ended);
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  #profileOf(worker: Worker): Promise<Uint8Array> {
    const answered = new Promise<Uint8Array>((resolve) => {
      worker.on('message', function onMessage(message: FromLane) {
        if (message.type !== 'profile') return;
        worker.off('message', onMessage);
        resolve(message.profile);
      });
    });
    const ended = this.#ended[this.#workers.indexOf(worker)] as Promise<void>;
    return Promise.race([
      answered,
      ended.then(
        () => new Uint8Array(),
        () => new Uint8Array(),
      ),
    ]);
  }

  #listen(worker: Worker): Promise<void> {
    worker.on('message', (message: FromLane) => this.#receive(worker, message));
    return new Promise((resolve, reject) => {
      worker.on('exit', () => resolve());
      worker.on('error', (error) => {
        this.stop();
        reject(error);
      });
    });
  }

  #receive(worker: Worker, message: FromLane): void {
    switch (message.type) {
      case 'wants_work':
        this.#feed(worker);
        return;
      case 'settled':
        this.#events.onSettled(message.batch);
        return;
      case 'traffic':
        this.#events.onTraffic(this.#workers.indexOf(worker), message.traffic);
        return;
      case 'bundle':
        void this.#bundle(worker, message.group);
        return;
      case 'fatal':
        this.#fail(message);
        return;
      case 'served':
        for (const other of this.#workers) if (other !== worker) this.#send(other, message);
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

  async #bundle(worker: Worker, group: BundleGroup): Promise<void> {
    try {
      const bundle = await this.#events.onGroup(group);
      this.#send(worker, { type: 'stored', group: group.group, bundle });
    } catch (error) {
      const record = { code: errorCode(error), message: errorMessage(error) };
      this.#send(worker, { type: 'not_stored', group: group.group, error: record });
    }
  }

  #feed(worker: Worker): void {
    if (this.#stopping) return;
    try {
      const work = this.#events.nextWork();
      this.#send(worker, work === undefined ? { type: 'finish' } : { type: 'work', work });
    } catch (error) {
      const hint = error instanceof CodedError ? error.hint : undefined;
      this.#fail({ code: errorCode(error), message: errorMessage(error), hint });
    }
  }

  #fail(fatal: Fatal): void {
    if (!this.#failed) this.#events.onFatal(fatal);
    this.#failed = true;
    this.stop();
  }

  #send(worker: Worker, message: ToLane): void {
    worker.postMessage(message);
  }
}
