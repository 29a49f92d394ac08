import { errorCode, errorMessage } from '@crates-mirror/errors';
import { ConnectionSlots, type H2Origin, Pace, type Resume, SIZE, Slots } from '@crates-mirror/h2-get';
import { GetRequest } from './get-request.ts';
import type { HttpClientOptions } from './http-client-options.ts';
import type { BodySink, GetOutcome } from './outcome.ts';
import { isHttpProxy, type Proxies, type ProxySetting, proxiesOf, proxyFor } from './proxies.ts';
import type { Location } from './redirect.ts';
import type { RequestOwner, TimeLimits } from './request-owner.ts';
import { Traffic } from './traffic.ts';
import type { tunnelThrough } from './tunnel.ts';
import type { UndiciTransport } from './undici-transport.ts';

const SWEEP_MS = 250;
/**
 * HTTP/2 is loaded after this time even without requests: later, there may be no file handles left
 * for it.
 */
const LOAD_AFTER_MS = 1000;

const CLOSED = {
  kind: 'connection_lost',
  code: 'connection_lost',
  message: 'connection lost: the client was closed',
} as const;

/** The modules of our own HTTP/2. */
interface H2 {
  readonly H2Origin: typeof H2Origin;
  /** undefined where no proxy is named */
  readonly tunnelThrough: typeof tunnelThrough | undefined;
}

/**
 * Sends GETs and HEADs over a small pool of HTTP/2 connections per https origin, directly or
 * through a proxy named in the environment. undici carries the rest: HTTP/1.1 and http origins. The
 * client never retries on its own: that is left to the single retry layer above, which also
 * verifies checksums. (A request that the server reports as unprocessed is sent again once, RFC
 * 9113, 8.7.)
 */
export class HttpClient implements RequestOwner<GetRequest> {
  readonly traffic = new Traffic(performance.now());
  readonly #options: HttpClientOptions;
  readonly #limits: TimeLimits;
  readonly #pace: Pace | undefined;
  readonly #slots: ConnectionSlots;
  readonly #proxies: Proxies;
  readonly #origins = new Map<string, H2Origin>();
  readonly #live = new Slots<GetRequest>();
  readonly #sweep: NodeJS.Timeout;
  readonly #preload: NodeJS.Timeout;
  #loadingH2: Promise<H2> | undefined;
  #h2: H2 | undefined;
  #loadingUndici: Promise<UndiciTransport> | undefined;
  #undici: UndiciTransport | undefined;

  constructor(options: HttpClientOptions) {
    this.#options = options;
    this.#limits = { attemptMs: options.attemptTimeoutMs, idleMs: options.idleTimeoutMs };
    this.#pace = options.budget && new Pace(options.budget);
    this.#slots = new ConnectionSlots(options.maxConnections, () => this.#makeRoom());
    this.#proxies = proxiesOf(options.environment ?? process.env);
    this.#sweep = setInterval(() => this.#checkTimes(), SWEEP_MS).unref();
    this.#preload = setTimeout(() => void this.#loadH2().catch(() => {}), LOAD_AFTER_MS).unref();
  }

  /**
   * Starts a GET; `done` is called exactly once, never before this returns.
   *
   * @param resume requests the rest of a body whose beginning the sink has; if that is unavailable,
   *   the whole body is sent
   */
  get(location: Location, sink: BodySink, done: (outcome: GetOutcome) => void, resume?: Resume): void {
    this.#start(new GetRequest(this, location, 'GET', this.#limits, sink, done, resume));
  }

  /** Starts a HEAD, whose length is passed to `sink.begin`; no data follows. */
  head(location: Location, sink: BodySink, done: (outcome: GetOutcome) => void): void {
    this.#start(new GetRequest(this, location, 'HEAD', this.#limits, sink, done));
  }

  /**
   * Requests the size of a file by a GET of its first byte (RFC 9110, 14.1.2). The size is passed
   * to `sink.begin`, and no data follows. If the server sends the whole file, the request is
   * canceled after the headers.
   */
  size(location: Location, sink: BodySink, done: (outcome: GetOutcome) => void): void {
    this.#start(new GetRequest(this, location, SIZE, this.#limits, sink, done));
  }

  /** @internal */
  send(request: GetRequest): void {
    const { origin } = request.location;
    const proxy = proxyFor(this.#proxies, origin);
    const canUseH2 = origin.startsWith('https:') && (proxy === undefined || isHttpProxy(proxy));
    if (!canUseH2) this.sendOtherwise(request);
    else if (this.#h2 === undefined) void this.#sendOnceLoaded(request);
    else this.#originOf(origin, this.#h2, proxy).dispatch(request);
  }

  /** @internal */
  sendOtherwise(request: GetRequest): void {
    this.#withUndici(request, (undici, proxy) => undici.send(request, proxy));
  }

  /** @internal */
  sendApart(request: GetRequest): void {
    this.#withUndici(request, (undici, proxy) => undici.sendApart(request, proxy));
  }

  /** @internal */
  answered(ms: number): void {
    this.traffic.answered(ms);
  }

  /** @internal */
  received(bytes: number): void {
    this.traffic.received(bytes);
    this.#pace?.received(bytes);
  }

  /** @internal */
  completed(request: GetRequest, outcome: GetOutcome): void {
    this.#live.delete(request);
    this.traffic.ended(outcome, performance.now());
    if (this.#slots.wanted > 0) this.#makeRoom();
  }

  /** Requests that fit on its connections; Infinity while no server has set a limit. */
  get capacity(): number {
    let streams = this.#undici?.streamsPerConnection ?? 0;
    for (const origin of this.#origins.values()) streams = Math.max(streams, origin.streamsPerConnection);
    return streams === 0 ? Number.POSITIVE_INFINITY : this.#slots.most * streams;
  }

  /** The shortest round trip to any origin over HTTP/2, ms; Infinity while unknown. */
  get roundTripMs(): number {
    let shortest = Number.POSITIVE_INFINITY;
    for (const { roundTripMs } of this.#origins.values()) shortest = Math.min(shortest, roundTripMs);
    return shortest;
  }

  /** Ends unsent requests with the outcome `withdrawn`. */
  withdrawUnsent(): void {
    for (const request of this.#live.all.filter(({ isUnsent }) => isUnsent))
      request.cancel({ kind: 'withdrawn', code: 'withdrawn', message: 'not sent' });
  }

  /** Closes all connections immediately; requests under way fail. */
  async destroy(): Promise<void> {
    clearInterval(this.#sweep);
    clearTimeout(this.#preload);
    this.#pace?.stop();
    this.#slots.close();
    // Includes requests that wait or are about to be resent: they would open new, unmanaged
    // connections.
    for (const request of [...this.#live.all]) request.cancel(CLOSED);
    await this.#loadingH2?.catch(() => {});
    for (const origin of this.#origins.values()) origin.destroy();
    const undici = await this.#loadingUndici?.catch(() => undefined);
    await undici?.destroy();
  }

  #start(request: GetRequest): void {
    this.#live.add(request);
    this.traffic.begun(performance.now());
    this.send(request);
  }

  /**
   * Not loaded at startup: with TLS, it takes 20 ms in each thread, and many runs send no requests.
   */
  async #loadH2(): Promise<void> {
    this.#loadingH2 ??= loadH2(this.#proxies.https !== undefined);
    try {
      this.#h2 = await this.#loadingH2;
    } catch (error) {
      this.#loadingH2 = undefined;
      throw error;
    }
  }

  async #sendOnceLoaded(request: GetRequest): Promise<void> {
    try {
      await this.#loadH2();
      this.send(request);
    } catch (error) {
      // The missing resource may be available for the next attempt.
      request.cancel({ kind: 'connection_lost', code: errorCode(error), message: errorMessage(error) });
    }
  }

  #withUndici(
    request: GetRequest,
    send: (undici: UndiciTransport, proxy: ProxySetting | undefined) => void,
  ): void {
    if (this.#undici === undefined) void this.#loadUndici(request, send);
    else send(this.#undici, proxyFor(this.#proxies, request.location.origin));
  }

  /** Loaded only when needed: it takes as long as the rest of startup. */
  async #loadUndici(
    request: GetRequest,
    send: (undici: UndiciTransport, proxy: ProxySetting | undefined) => void,
  ): Promise<void> {
    try {
      const [pace, slots] = [this.#pace, this.#slots];
      this.#loadingUndici ??= import('./undici-transport.ts').then(
        ({ UndiciTransport }) => new UndiciTransport(this.#options, { pace, slots }),
      );
      this.#undici = await this.#loadingUndici;
      this.#withUndici(request, send);
    } catch (error) {
      this.#loadingUndici = undefined;
      request.cancel({ kind: 'connection_lost', code: errorCode(error), message: errorMessage(error) });
    }
  }

  #checkTimes(): void {
    const now = performance.now();
    const { idleMs } = this.#limits;
    for (const [name, origin] of this.#origins) {
      origin.checkTime(now, idleMs);
      if (origin.isAtRest) this.#origins.delete(name);
    }
    for (const request of [...this.#live.all]) request.checkTime(now);
    if (this.#slots.wanted > 0) this.#makeRoom();
  }

  /** Closes idle connections, because requests wait for a connection. */
  #makeRoom(): void {
    let wanted = this.#slots.wanted;
    for (const origin of this.#origins.values()) {
      if (wanted === 0) return;
      wanted -= origin.closeIdle(wanted);
    }
    this.#undici?.closeIdle(wanted);
  }

  #originOf(origin: string, { H2Origin, tunnelThrough }: H2, proxy: ProxySetting | undefined): H2Origin {
    let one = this.#origins.get(origin);
    if (one === undefined) {
      const { userAgent, connectTimeoutMs, ca } = this.#options;
      const [pace, slots] = [this.#pace, this.#slots];
      const openTunnel = proxy && tunnelThrough?.(proxy);
      one = new H2Origin(origin, { userAgent, connectTimeoutMs, slots, ca, pace, openTunnel });
      this.#origins.set(origin, one);
    }
    return one;
  }
}

async function loadH2(hasProxy: boolean): Promise<H2> {
  const tunnel = hasProxy ? import('./tunnel.ts') : undefined;
  const { H2Origin } = await import('@crates-mirror/h2-get/origin');
  return { H2Origin, tunnelThrough: (await tunnel)?.tunnelThrough };
}
