import { normal, seededRandom } from '@crates-mirror/sampling/random';
import type { EventQueue } from './event-queue.ts';

/** A network, a server and a client's CPU, as far as they decide how fast crate files come. */
export interface Line {
  readonly rttMs: number;
  /** What the line carries at a time in ms, bytes/s [unlimited]. */
  readonly bytesPerSecond?: (at: number) => number;
  /** What the server thinks about a request, ms on average [0.2]. */
  readonly serverMs?: number;
  /** With more requests at once than this, all of them together get slower. */
  readonly knee?: number;
  /** Requests above this rate are answered 429, save so many in a burst. */
  readonly limiter?: { readonly perSecond: number; readonly burst: number };
  /** Requests above so many at once are answered 503. */
  readonly mostAtOnce?: number;
  /** Streams of all connections together; other requests wait in the client. */
  readonly streams?: number;
  /** CPU time of the client for one request, ms on average [0.1]; twice that with so many others under way [500]. */
  readonly clientMs?: number;
  readonly clientScale?: number;
  /** How long a file takes to be stored once it has arrived, whatever else is stored, ms [0]. */
  readonly storeMs?: number;
  /** How much more than that it is at a time in ms, as others use the machine, too [1]. */
  readonly slowdown?: (at: number) => number;
  /** Shares of requests that fail, are answered 503, or hear nothing for 10 s, whatever the load is [0]. */
  readonly failing?: number;
  readonly complaining?: number;
  readonly stalling?: number;
  /** When nobody answers, ms. */
  readonly gone?: { readonly from: number; readonly to: number };
}

export interface Answer {
  readonly kind: 'ok' | 'throttled' | 'failed';
  readonly bytes: number;
  /** from the request to the header of its answer, ms */
  readonly latencyMs: number;
}

interface Request {
  readonly sentAt: number;
  readonly settle: (kind: Answer['kind'], bytes?: number, latencyMs?: number) => void;
}

/** Median 14 kB and mean 33 kB, as crates.io's crate files have. */
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
  /** When line and CPU are done with what they have. */
  #lineFree = 0;
  #cpuFree = 0;
  /** CPU time of the client for all that has arrived. */
  #cpuMs = 0;
  #allowed: number;
  #allowedAt = 0;

  constructor(line: Line, queue: EventQueue, seed: number) {
    this.#line = line;
    this.#queue = queue;
    this.#random = seededRandom(seed);
    this.#allowed = line.limiter?.burst ?? 0;
  }

  /** How long the client's CPU has been busy. */
  get busyMs(): number {
    return this.#cpuMs - Math.max(0, this.#cpuFree - this.#queue.now);
  }

  request(done: (answer: Answer) => void): void {
    this.#underWay += 1;
    if (this.#sent < (this.#line.streams ?? Number.POSITIVE_INFINITY)) this.#send(done);
    else this.#waiting.push(() => this.#send(done));
  }

  #send(done: (answer: Answer) => void): void {
    this.#sent += 1;
    const sentAt = this.#queue.now;
    const settle: Request['settle'] = (kind, bytes = 0, latencyMs = this.#queue.now - sentAt) => {
      this.#sent -= 1;
      this.#underWay -= 1;
      this.#waiting.shift()?.();
      done({ kind, bytes, latencyMs });
    };
    const { rttMs, gone, failing = 0, stalling = 0, complaining = 0 } = this.#line;
    if (gone !== undefined && sentAt >= gone.from && sentAt < gone.to) {
      this.#queue.after(REFUSED_MS, () => settle('failed'));
      return;
    }
    const draw = this.#random();
    if (draw < failing) this.#queue.after(rttMs, () => settle('failed'));
    else if (draw < failing + stalling) this.#queue.after(STALL_MS, () => settle('failed'));
    else if (draw < failing + stalling + complaining) this.#queue.after(rttMs, () => settle('throttled'));
    else this.#queue.after(rttMs / 2, () => this.#reachServer({ sentAt, settle }));
  }

  #reachServer(request: Request): void {
    const { rttMs, serverMs = 0.2, knee = Number.POSITIVE_INFINITY } = this.#line;
    if (!this.#isLetIn()) {
      this.#queue.after(rttMs / 2, () => request.settle('throttled'));
      return;
    }
    this.#atServer += 1;
    const slowdown = Math.max(1, this.#atServer / knee) ** 1.5;
    this.#queue.after(serverMs * (0.5 + this.#random()) * slowdown, () => {
      this.#atServer -= 1;
      this.#answer(request);
    });
  }

  /** A token bucket, and a limit of requests at once. */
  #isLetIn(): boolean {
    const { limiter, mostAtOnce = Number.POSITIVE_INFINITY } = this.#line;
    if (this.#atServer >= mostAtOnce) return false;
    if (limiter === undefined) return true;
    const { now } = this.#queue;
    const more = (limiter.perSecond * (now - this.#allowedAt)) / 1000;
    this.#allowed = Math.min(limiter.burst, this.#allowed + more);
    this.#allowedAt = now;
    if (this.#allowed < 1) return false;
    this.#allowed -= 1;
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

  #receive({ settle }: Request, size: number, headerMs: number): void {
    const { clientMs = 0.1, clientScale = 500, slowdown = () => 1, storeMs = 0 } = this.#line;
    const { now } = this.#queue;
    const begin = Math.max(now, this.#cpuFree);
    const perSize = (1 + size / MEAN_SIZE) / 2;
    const cost = clientMs * perSize * (1 + this.#underWay / clientScale) * slowdown(now);
    this.#cpuMs += cost;
    this.#cpuFree = begin + cost;
    this.#queue.at(this.#cpuFree + storeMs, () => settle('ok', size, headerMs + begin - now));
  }
}
