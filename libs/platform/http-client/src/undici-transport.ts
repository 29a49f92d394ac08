import type { ConnectionSlots, Pace } from '@crates-mirror/h2-get';
import { STREAMS_PER_CONNECTION } from '@crates-mirror/h2-get/origin';
import { FIRST_WINDOW, windowOf } from '@crates-mirror/h2-get/receive-windows';
import { buildConnector, Client, type Dispatcher, EnvHttpProxyAgent } from 'undici';
import { DirectPool } from './direct-pool.ts';
import type { GetRequest } from './get-request.ts';
import type { HttpClientOptions } from './http-client-options.ts';
import { ProxiedPool } from './proxied-pool.ts';
import type { Proxies } from './proxies.ts';
import { poolFactory, proxyPoolFactory } from './proxy-pool.ts';
import { slottedConnector } from './slotted-connector.ts';
import { UndiciOrigin } from './undici-handler.ts';
import type { OriginPool } from './undici-request.ts';

/** Window of one stream if the rate is limited, bytes. */
const PACED_WINDOW = 4 << 20;
/** ms. An idle connection is closed after this time, whatever the server suggests. */
const MAX_REST_MS = 10_000;
/** ms. Through a proxy, where other connections may wait for the slot. */
const PROXIED_REST_MS = 1000;
/** A connection to a proxy is closed after this many requests, so that others have a turn. */
const MAX_REQUESTS = 1000;

/** Objects shared between the transport and the client. */
export interface UndiciSurroundings {
  readonly proxies: Proxies;
  readonly pace: Pace | undefined;
  readonly slots: ConnectionSlots;
}

/**
 * Carries requests that our own HTTP/2 does not: HTTP/1.1, http origins, and requests through a
 * proxy.
 */
export class UndiciTransport {
  readonly #options: HttpClientOptions;
  readonly #deps: UndiciSurroundings;
  readonly #headers: Readonly<Record<string, string>>;
  /** By origin, and whether a proxy is configured for it. */
  readonly #pools = new Map<string, OriginPool>();
  /** Pools for a single request each. */
  readonly #apart = new Set<OriginPool>();

  constructor(options: HttpClientOptions, surroundings: UndiciSurroundings) {
    this.#options = options;
    this.#deps = surroundings;
    this.#headers = { 'user-agent': options.userAgent, accept: '*/*', 'accept-encoding': 'identity' };
  }

  /**
   * @param isProxied whether a proxy is configured for such origins; the agent evaluates NO_PROXY
   */
  send(request: GetRequest, isProxied: boolean): void {
    const { origin } = request.location;
    let pool = this.#pools.get(origin);
    if (pool === undefined) {
      pool = this.#newPool(origin, isProxied);
      this.#pools.set(origin, pool);
    }
    pool.dispatch(request, this.#headers);
  }

  /** Uses a connection that carries nothing else. */
  sendApart(request: GetRequest, isProxied: boolean): void {
    const pool = this.#newPool(request.location.origin, isProxied);
    this.#apart.add(pool);
    pool.dispatch(request, this.#headers);
    // The pool accepts nothing more, and closes when the request has ended.
    void pool.close().finally(() => this.#apart.delete(pool));
  }

  /** Closes idle connections, so that others may be opened. @param most how many */
  closeIdle(most: number): void {
    let closed = 0;
    for (const [origin, pool] of this.#pools) {
      closed += pool.closeIdle(most - closed);
      if (pool.isClosed) this.#pools.delete(origin);
    }
  }

  async destroy(): Promise<void> {
    await Promise.all([...this.#pools.values(), ...this.#apart].map((pool) => pool.destroy()));
  }

  /**
   * Requests that fit on one connection; 0 while there are no origins, Infinity through a proxy
   * that may use HTTP/2 beyond it.
   */
  get streamsPerConnection(): number {
    const { http, https } = this.#deps.proxies;
    if (http !== undefined || https !== undefined) return Number.POSITIVE_INFINITY;
    return this.#pools.size === 0 ? 0 : 1;
  }

  #newPool(origin: string, isProxied: boolean): OriginPool {
    const { pace, slots } = this.#deps;
    const state = new UndiciOrigin();
    if (isProxied) return new ProxiedPool(this.#newProxyAgent(state), state, pace, slots.most);
    // Our own HTTP/2 was tried first: this server does not support it, or rejects it.
    const options = {
      ...this.#commonOptions,
      keepAliveMaxTimeout: MAX_REST_MS,
      connect: this.#tlsOptions,
    };
    return new DirectPool(() => new Client(origin, options), slots, state, pace);
  }

  /** For one origin, which NO_PROXY may exclude. */
  #newProxyAgent(state: UndiciOrigin): Dispatcher {
    const env = this.#options.environment ?? process.env;
    const { proxies, slots } = this.#deps;
    return new EnvHttpProxyAgent({
      ...this.#proxyOptions(state),
      requestTls: this.#tlsOptions,
      proxyTls: { timeout: this.#options.connectTimeoutMs },
      clientFactory: proxyPoolFactory(proxies, slots, state),
      factory: poolFactory(proxies, slots, state),
      // Empty rather than undefined, which would make undici read the environment itself.
      httpProxy: proxies.http?.url ?? '',
      httpsProxy: proxies.https?.url ?? '',
      noProxy: env['no_proxy'] ?? env['NO_PROXY'] ?? '',
    });
  }

  get #tlsOptions() {
    const { ca, connectTimeoutMs } = this.#options;
    return { timeout: connectTimeoutMs, ...(ca === undefined ? {} : { ca }) };
  }

  get #commonOptions() {
    // The client checks the time limits, in the same way for all transports.
    return { allowH2: false, headersTimeout: 0, bodyTimeout: 0 };
  }

  #proxyOptions(state: UndiciOrigin) {
    const { pace, slots } = this.#deps;
    const window = pace === undefined ? FIRST_WINDOW : windowOf(pace.budget.rate);
    return {
      ...this.#commonOptions,
      allowH2: true,
      connections: slots.most,
      keepAliveTimeout: PROXIED_REST_MS,
      keepAliveMaxTimeout: PROXIED_REST_MS,
      maxRequestsPerClient: MAX_REQUESTS,
      connect: slottedConnector(buildConnector({ allowH2: true, ...this.#tlsOptions }), slots, state),
      h2Options: {
        maxConcurrentStreams: STREAMS_PER_CONNECTION,
        connectionWindowSize: window,
        // A paused stream is buffered up to its window.
        settings: { initialWindowSize: pace === undefined ? window : Math.min(window, PACED_WINDOW) },
      },
    };
  }
}
