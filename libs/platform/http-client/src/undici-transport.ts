import type { ConnectionSlots, Pace } from '@crates-mirror/h2-get';
import { Client, type Dispatcher, ProxyAgent } from 'undici';
import { DirectPool } from './direct-pool.ts';
import type { GetRequest } from './get-request.ts';
import type { HttpClientOptions } from './http-client-options.ts';
import { ProxiedPool } from './proxied-pool.ts';
import type { ProxySetting } from './proxies.ts';
import { poolFactory, proxyPoolFactory } from './proxy-pool.ts';
import { UndiciOrigin } from './undici-handler.ts';
import type { OriginPool } from './undici-request.ts';

/** ms. An idle connection is closed after this time, whatever the server suggests. */
const MAX_REST_MS = 10_000;
/** ms. Through a proxy, where other connections may wait for the slot. */
const PROXIED_REST_MS = 1000;
/** A connection to a proxy is closed after this many requests, so that others have a turn. */
const MAX_REQUESTS = 1000;

/** Objects shared between the transport and the client. */
export interface UndiciSurroundings {
  readonly pace: Pace | undefined;
  readonly slots: ConnectionSlots;
}

/**
 * Carries what our own HTTP/2 does not: HTTP/1.1, http origins, and requests through SOCKS proxies.
 */
export class UndiciTransport {
  readonly #options: HttpClientOptions;
  readonly #deps: UndiciSurroundings;
  readonly #headers: Readonly<Record<string, string>>;
  /** By origin. */
  readonly #pools = new Map<string, OriginPool>();
  /** Pools for a single request each. */
  readonly #apart = new Set<OriginPool>();

  constructor(options: HttpClientOptions, surroundings: UndiciSurroundings) {
    this.#options = options;
    this.#deps = surroundings;
    this.#headers = { 'user-agent': options.userAgent, accept: '*/*', 'accept-encoding': 'identity' };
  }

  /** @param proxy of the request's origin */
  send(request: GetRequest, proxy: ProxySetting | undefined): void {
    const { origin } = request.location;
    let pool = this.#pools.get(origin);
    if (pool === undefined) {
      pool = this.#newPool(origin, proxy);
      this.#pools.set(origin, pool);
    }
    pool.dispatch(request, this.#headers);
  }

  /** Uses a connection that carries nothing else. */
  sendApart(request: GetRequest, proxy: ProxySetting | undefined): void {
    const pool = this.#newPool(request.location.origin, proxy);
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

  /** Requests that fit on one connection; 0 while there are no origins. */
  get streamsPerConnection(): number {
    return this.#pools.size === 0 ? 0 : 1;
  }

  #newPool(origin: string, proxy: ProxySetting | undefined): OriginPool {
    const { pace, slots } = this.#deps;
    const state = new UndiciOrigin();
    if (proxy !== undefined)
      return new ProxiedPool(this.#newProxyAgent(proxy, state), state, pace, slots.most);
    // Our own HTTP/2 was tried first: this server does not support it, or rejects it.
    const options = {
      ...this.#commonOptions,
      keepAliveMaxTimeout: MAX_REST_MS,
      connect: this.#tlsOptions,
    };
    return new DirectPool(() => new Client(origin, options), slots, state, pace);
  }

  /** For one origin. */
  #newProxyAgent(proxy: ProxySetting, state: UndiciOrigin): Dispatcher {
    const { slots } = this.#deps;
    return new ProxyAgent({
      ...this.#commonOptions,
      uri: proxy.url,
      connections: slots.most,
      keepAliveTimeout: PROXIED_REST_MS,
      keepAliveMaxTimeout: PROXIED_REST_MS,
      maxRequestsPerClient: MAX_REQUESTS,
      requestTls: this.#tlsOptions,
      proxyTls: { timeout: this.#options.connectTimeoutMs },
      clientFactory: proxyPoolFactory(proxy, slots, state),
      factory: poolFactory(proxy, slots, state),
    });
  }

  get #tlsOptions() {
    const { ca, connectTimeoutMs } = this.#options;
    return { timeout: connectTimeoutMs, ...(ca === undefined ? {} : { ca }) };
  }

  /** The client checks the time limits, in the same way for all transports. */
  get #commonOptions() {
    return { allowH2: false, headersTimeout: 0, bodyTimeout: 0 };
  }
}
