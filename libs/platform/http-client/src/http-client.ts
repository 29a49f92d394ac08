import { errorCode, errorMessage } from '@crates-mirror/errors';
import { EnvHttpProxyAgent, Pool } from 'undici';
import { GetRequest, type RequestOwner } from './get-request.ts';
import type { BodySink, GetOutcome } from './outcome.ts';
import { type Proxies, proxiesOf } from './proxies.ts';
import type { Location } from './redirect.ts';

export interface HttpClientOptions {
  readonly userAgent: string;
  /** TCP and TLS set-up, ms */
  readonly connectTimeoutMs: number;
  /** No byte for so long ends an attempt, ms */
  readonly idleTimeoutMs: number;
  /** A whole attempt, redirects included, ms */
  readonly attemptTimeoutMs: number;
  /** Connections to one origin where HTTP/2 is not to be had. */
  readonly maxConnections: number;
  /** Certificates (PEM) trusted instead of the system's. */
  readonly ca?: string;
  /** Where HTTPS_PROXY, HTTP_PROXY and NO_PROXY are looked up [process.env]. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** Streams on one connection before the next is opened: few enough that one lost connection costs little. */
const STREAMS_PER_CONNECTION = 64;
/** Flow-control windows in bytes: a stream must fill a long fat pipe, and the body is consumed as it arrives. */
const STREAM_WINDOW = 4 << 20;
const CONNECTION_WINDOW = 16 << 20;
const DEADLINE_SWEEP_MS = 500;

/**
 * GETs over a small pool of HTTP/2 connections for each origin, HTTP/1.1 where the server has nothing better, through
 * a proxy where the environment names one. It never retries on its own: that is for the one retry layer above, which
 * also knows about checksums. (undici replays, once, a stream that the server refused unprocessed, RFC 9113, 8.7.)
 */
export class HttpClient implements RequestOwner {
  readonly #options: HttpClientOptions;
  readonly #headers: Record<string, string>;
  readonly #pools = new Map<string, Pool>();
  readonly #proxies: Proxies;
  readonly #proxyAgent: EnvHttpProxyAgent | undefined;
  readonly #live = new Set<GetRequest>();
  readonly #sweep: NodeJS.Timeout;

  constructor(options: HttpClientOptions) {
    this.#options = options;
    this.#headers = { 'user-agent': options.userAgent, accept: '*/*' };
    this.#proxies = proxiesOf(options.environment ?? process.env);
    this.#proxyAgent = this.#createProxyAgent();
    this.#sweep = setInterval(() => this.#expireOverdue(), DEADLINE_SWEEP_MS).unref();
  }

  /** Starts a GET; `done` is called exactly once, never before this returns. */
  get(location: Location, sink: BodySink, done: (outcome: GetOutcome) => void): void {
    const deadline = performance.now() + this.#options.attemptTimeoutMs;
    const request = new GetRequest(this, location, deadline, sink, done);
    this.#live.add(request);
    this.send(request);
  }

  /** @internal */
  send(request: GetRequest): void {
    const { origin, path } = request.location;
    try {
      const dispatcher = this.#isProxied(origin) ? this.#proxyAgent : undefined;
      (dispatcher ?? this.#poolOf(origin)).dispatch(
        { origin, path, method: 'GET', headers: this.#headers },
        request,
      );
    } catch (error) {
      setImmediate(() =>
        request.cancel({ kind: 'request', code: errorCode(error), message: errorMessage(error) }),
      );
    }
  }

  /** @internal */
  settled(request: GetRequest): void {
    this.#live.delete(request);
  }

  /** Closes every connection at once; requests under way end as failures. */
  async destroy(): Promise<void> {
    clearInterval(this.#sweep);
    const pools = [...this.#pools.values()].map((pool) => pool.destroy());
    await Promise.all([...pools, this.#proxyAgent?.destroy()]);
  }

  #expireOverdue(): void {
    const now = performance.now();
    for (const request of this.#live) {
      // Insertion order is deadline order.
      if (request.deadline > now) break;
      request.expire(this.#options.attemptTimeoutMs);
    }
  }

  /** A proxy for http is not one for https: undici would take it for both. NO_PROXY is the agent's to keep. */
  #isProxied(origin: string): boolean {
    return (origin.startsWith('https:') ? this.#proxies.https : this.#proxies.http) !== undefined;
  }

  #poolOf(origin: string): Pool {
    let pool = this.#pools.get(origin);
    if (pool === undefined) {
      pool = new Pool(origin, this.#dispatcherOptions());
      this.#pools.set(origin, pool);
    }
    return pool;
  }

  #createProxyAgent(): EnvHttpProxyAgent | undefined {
    const env = this.#options.environment ?? process.env;
    const { http, https } = this.#proxies;
    if (http === undefined && https === undefined) return undefined;
    const options = this.#dispatcherOptions();
    return new EnvHttpProxyAgent({
      ...options,
      requestTls: options.connect,
      // Empty rather than undefined, which would make undici look at the environment itself.
      httpProxy: http ?? '',
      httpsProxy: https ?? '',
      noProxy: env['no_proxy'] ?? env['NO_PROXY'] ?? '',
    });
  }

  #dispatcherOptions() {
    const { ca, connectTimeoutMs, idleTimeoutMs, maxConnections } = this.#options;
    return {
      allowH2: true,
      connections: maxConnections,
      headersTimeout: idleTimeoutMs,
      bodyTimeout: idleTimeoutMs,
      connect: { preferH2: true, timeout: connectTimeoutMs, ...(ca === undefined ? {} : { ca }) },
      h2Options: {
        maxConcurrentStreams: STREAMS_PER_CONNECTION,
        connectionWindowSize: CONNECTION_WINDOW,
        settings: { initialWindowSize: STREAM_WINDOW },
      },
    };
  }
}
