import { normal, seededRandom } from '@crates-mirror/sampling/random';
import type { EventQueue } from './event-queue.ts';

/**
 * A network, a server and a client's CPU, as far as they determine the download rate of crate
 * files.
 */
export interface Line {
  readonly rttMs: number;
  /** Capacity of the line at a time in ms, bytes/s [unlimited]. */
  readonly bytesPerSecond?: (at: number) => number;
  /** Average server time per request, ms [0.2]. */
  readonly serverMs?: number;
  /** With more concurrent requests than this, total throughput drops. */
  readonly knee?: number;
  /** Exponent by which a request then takes longer [1.5]. */
  readonly steepness?: number;
  /** Requests above this rate are answered 429, except for a burst. */
  readonly limiter?: { readonly perSecond: number; readonly burst: number };
  /** Further requests within a second are answered 429. */
  readonly quotaPerSecond?: number;
  /** More concurrent requests than this are answered 503. */
  readonly maxAtOnce?: number;
  /** Streams of all connections together; other requests wait in the client. */
  readonly streams?: number;
  /**
   * Average client CPU time per request, ms [0.1]; it doubles with this many others under way
   * [500].
   */
  readonly clientMs?: number;
  readonly clientScale?: number;
  /** Time to store a file once it has arrived, independent of other files, ms [0]. */
  readonly storeMs?: number;
  /** Slowdown of the client's CPU at a time in ms, as others use the machine as well [1]. */
  readonly slowdown?: (at: number) => number;
  /**
   * Share of the client's CPU time that its own threads spend; the rest goes to a server on the
   * same machine [1].
   */
  readonly ownShare?: number;
  /**
   * Shares of requests that fail, are answered 503, or get no response for 10 s, whatever the load
   * is [0].
   */
  readonly failing?: number;
  readonly complaining?: number;
  readonly stalling?: number;
  /** Period without any response, ms. */
  readonly gone?: { readonly from: number; readonly to: number };
}

export interface Answer {
  readonly kind: 'ok' | 'throttled' | 'failed';
  readonly bytes: number;
  /** from the request to its response header, ms */
  readonly latencyMs: number;
}

interface Request {
  readonly sentAt: number;
  readonly complete: (kind: Answer['kind'], bytes?: number, latencyMs?: number) => void;
}

/** Median 14 kB and mean 33 kB, as for the crate files of crates.io. */
const MEDIAN_SIZE = 14_000;
const MEAN_SIZE = 33_000;
const SIGMA = Math.sqrt(2 * Math.log(MEAN_SIZE / MEDIAN_SIZE));
const STALL_MS = 10_000;
const REFUSED_MS = 5;

/** Sends requests over a {@link Line}, in simulated time. */
export class LineSimulation {
  readonly #line: Line;
  readonly #queue: EventQueue;
  readonly #random: () => number;
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;
  #sent = 0;
  #atServer = 0;
  /** When line and CPU finish their queued work. */
  #lineFree = 0;
  #cpuFree = 0;
  /** Total CPU time of the client for everything that has arrived. */
  #cpuMs = 0;
  #allowed: number;
  #allowedAt = 0;
  readonly #letInAt: number[] = [];

  constructor(line: Line, queue: EventQueue, seed: number) {
    this.#line = line;
    this.#queue = queue;
    this.#random = seededRandom(seed);
    this.#allowed = line.limiter?.burst ?? 0;
  }

  /** How long the client's CPU has been busy. */
  get busyMs(): number {
    const { ownShare = 1 } = this.#line;
    return ownShare * (this.#cpuMs - Math.max(0, this.#cpuFree - this.#queue.now));
  }

  request(done: (answer: Answer) => void): void {
    this.#underWay += 1;
    if (this.#sent < (this.#line.streams ?? Number.POSITIVE_INFINITY)) this.#send(done);
    else this.#waiting.push(() => this.#send(done));
  }

  #send(done: (answer: Answer) => void): void {
    this.#sent += 1;
    const sentAt = this.#queue.now;
    const complete: Request['complete'] = (kind, bytes = 0, latencyMs = this.#queue.now - sentAt) => {
      this.#sent -= 1;
      this.#underWay -= 1;
      this.#waiting.shift()?.();
      done({ kind, bytes, latencyMs });
    };
    const { rttMs, gone, failing = 0, stalling = 0, complaining = 0 } = this.#line;
    if (gone !== undefined && sentAt >= gone.from && sentAt < gone.to) {
      this.#queue.after(REFUSED_MS, () => complete('failed'));
      return;
    }
    const draw = this.#random();
    if (draw < failing) this.#queue.after(rttMs, () => complete('failed'));
    else if (draw < failing + stalling) this.#queue.after(STALL_MS, () => complete('failed'));
    else if (draw < failing + stalling + complaining) this.#queue.after(rttMs, () => complete('throttled'));
    else this.#queue.after(rttMs / 2, () => this.#reachServer({ sentAt, complete }));
  }

  #reachServer(request: Request): void {
    const { rttMs, serverMs = 0.2, knee = Number.POSITIVE_INFINITY, steepness = 1.5 } = this.#line;
    if (!this.#admit()) {
      this.#queue.after(rttMs / 2, () => request.complete('throttled'));
      return;
    }
    this.#atServer += 1;
    const slowdown = Math.max(1, this.#atServer / knee) ** steepness;
    this.#queue.after(serverMs * (0.5 + this.#random()) * slowdown, () => {
      this.#atServer -= 1;
      this.#answer(request);
    });
  }

  /** A token bucket, a sliding window, and a limit on concurrent requests. */
  #admit(): boolean {
    const { limiter, quotaPerSecond, maxAtOnce = Number.POSITIVE_INFINITY } = this.#line;
    if (this.#atServer >= maxAtOnce) return false;
    if (quotaPerSecond !== undefined) return this.#admitByQuota(quotaPerSecond);
    if (limiter === undefined) return true;
    const { now } = this.#queue;
    const more = (limiter.perSecond * (now - this.#allowedAt)) / 1000;
    this.#allowed = Math.min(limiter.burst, this.#allowed + more);
    this.#allowedAt = now;
    if (this.#allowed < 1) return false;
    this.#allowed -= 1;
    return true;
  }

  #admitByQuota(quota: number): boolean {
    const { now } = this.#queue;
    while (this.#letInAt[0] !== undefined && this.#letInAt[0] <= now - 1000) this.#letInAt.shift();
    if (this.#letInAt.length >= quota) return false;
    this.#letInAt.push(now);
    return true;
  }

  #answer(request: Request): void {
    const { rttMs, bytesPerSecond } = this.#line;
    const size = Math.round(MEDIAN_SIZE * Math.exp(SIGMA * normal(this.#random)));
    const begin = Math.max(this.#queue.now, this.#lineFree);
    this.#lineFree = begin + (bytesPerSecond === undefined ? 0 : (1000 * size) / bytesPerSecond(begin));
    const headerMs = begin + rttMs / 2 - request.sentAt;
    this.#queue.at(this.#lineFree + rttMs / 2, () => this.#receive(request, size, headerMs));
  }

  #receive({ complete }: Request, size: number, headerMs: number): void {
    const { clientMs = 0.1, clientScale = 500, slowdown = () => 1, storeMs = 0 } = this.#line;
    const { now } = this.#queue;
    const begin = Math.max(now, this.#cpuFree);
    const perSize = (1 + size / MEAN_SIZE) / 2;
    const cost = clientMs * perSize * (1 + this.#underWay / clientScale) * slowdown(now);
    this.#cpuMs += cost;
    this.#cpuFree = begin + cost;
    this.#queue.at(this.#cpuFree + storeMs, () => complete('ok', size, headerMs + begin - now));
  }
}
