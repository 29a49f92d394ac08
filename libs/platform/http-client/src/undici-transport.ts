import { errorCode, errorMessage } from '@crates-mirror/errors';
import { type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import type { GetRequest } from './get-request.ts';
import { STREAMS_PER_CONNECTION } from './h2/origin.ts';
import { FIRST_WINDOW, windowOf } from './h2/receive-windows.ts';
import type { HttpClientOptions } from './http-client-options.ts';
import type { Pace } from './pace/pace.ts';
import type { Proxies } from './proxies.ts';
import { proxyPoolFactory } from './proxy-pool.ts';
import { rangeOf } from './resume.ts';
import { UndiciHandler, UndiciOrigin } from './undici-handler.ts';

/** Of one stream where a rate is limited, bytes. */
const PACED_WINDOW = 4 << 20;

/** What our own HTTP/2 does not carry: HTTP/1.1, http origins, and whatever goes through a proxy. */
export class UndiciTransport {
  readonly #options: HttpClientOptions;
  readonly #proxies: Proxies;
  readonly #pace: Pace | undefined;
  readonly #headers: Record<string, string>;
  readonly #pools = new Map<string, Pool>();
  /** Of one request each. */
  readonly #apart = new Set<Pool>();
  readonly #origins = new Map<string, UndiciOrigin>();
  readonly #proxyAgent: EnvHttpProxyAgent | undefined;

  constructor(options: HttpClientOptions, proxies: Proxies, pace: Pace | undefined) {
    this.#options = options;
    this.#proxies = proxies;
    this.#pace = pace;
    this.#headers = { 'user-agent': options.userAgent, accept: '*/*', 'accept-encoding': 'identity' };
    this.#proxyAgent = this.#createProxyAgent();
  }

  /** @param isProxied whether a proxy is named for such origins; NO_PROXY is the agent's to keep */
  send(request: GetRequest, isProxied: boolean): void {
    const { origin } = request.location;
    const proxyAgent = isProxied ? this.#proxyAgent : undefined;
    this.#dispatch(request, proxyAgent ?? this.#poolOf(origin));
  }

  /** Uses a connection that carries nothing else, where no proxy is in between: tunnels are the agent's to share. */
  sendApart(request: GetRequest, isProxied: boolean): void {
    if (isProxied && this.#proxyAgent !== undefined) {
      this.send(request, true);
      return;
    }
    const pool = new Pool(request.location.origin, this.#dispatcherOptions(false));
    this.#apart.add(pool);
    this.#dispatch(request, pool);
    // It takes nothing more, and is closed when the request has ended.
    void pool.close().finally(() => this.#apart.delete(pool));
  }

  async destroy(): Promise<void> {
    const pools = [...this.#pools.values(), ...this.#apart].map((pool) => pool.destroy());
    await Promise.all([...pools, this.#proxyAgent?.destroy()]);
  }

  #dispatch(request: GetRequest, dispatcher: Dispatcher): void {
    const { location, resume } = request;
    const { origin, path } = location;
    const headers =
      resume === undefined
        ? this.#headers
        : { ...this.#headers, range: rangeOf(resume), 'if-range': resume.validator };
    const carrier = this.#originOf(origin);
    // One that is given up meanwhile is cancelled when it gets a connection.
    request.onQueued(() => {}, carrier);
    try {
      dispatcher.dispatch(
        { origin, path, method: request.method, headers },
        new UndiciHandler(request, carrier, this.#pace),
      );
    } catch (error) {
      setImmediate(() =>
        request.cancel({ kind: 'request', code: errorCode(error), message: errorMessage(error) }),
      );
    }
  }

  /** Requests that its connections carry at once; Infinity through a proxy, which may have HTTP/2 beyond it. */
  get capacity(): number {
    if (this.#proxyAgent !== undefined) return Number.POSITIVE_INFINITY;
    return this.#pools.size * this.#options.maxConnections;
  }

  #originOf(origin: string): UndiciOrigin {
    let one = this.#origins.get(origin);
    if (one === undefined) {
      one = new UndiciOrigin();
      this.#origins.set(origin, one);
    }
    return one;
  }

  #poolOf(origin: string): Pool {
    let pool = this.#pools.get(origin);
    if (pool === undefined) {
      // Our own HTTP/2 has been here before: this server speaks none, or wants none.
      pool = new Pool(origin, this.#dispatcherOptions(false));
      this.#pools.set(origin, pool);
    }
    return pool;
  }

  #createProxyAgent(): EnvHttpProxyAgent | undefined {
    const env = this.#options.environment ?? process.env;
    const { http, https } = this.#proxies;
    if (http === undefined && https === undefined) return undefined;
    const options = this.#dispatcherOptions(true);
    return new EnvHttpProxyAgent({
      ...options,
      requestTls: options.connect,
      proxyTls: { timeout: this.#options.connectTimeoutMs },
      clientFactory: proxyPoolFactory(this.#proxies),
      // Empty rather than undefined, which would make undici look at the environment itself.
      httpProxy: http?.url ?? '',
      httpsProxy: https?.url ?? '',
      noProxy: env['no_proxy'] ?? env['NO_PROXY'] ?? '',
    });
  }

  #dispatcherOptions(allowH2: boolean) {
    const { ca, connectTimeoutMs, maxConnections } = this.#options;
    const window = this.#pace === undefined ? FIRST_WINDOW : windowOf(this.#pace.budget.rate);
    return {
      allowH2,
      connections: maxConnections,
      // Times are looked after by the client, alike for all transports.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { preferH2: allowH2, timeout: connectTimeoutMs, ...(ca === undefined ? {} : { ca }) },
      h2Options: {
        maxConcurrentStreams: STREAMS_PER_CONNECTION,
        connectionWindowSize: window,
        // A stream that is paused is buffered up to its window.
        settings: { initialWindowSize: this.#pace === undefined ? window : Math.min(window, PACED_WINDOW) },
      },
    };
  }
}
