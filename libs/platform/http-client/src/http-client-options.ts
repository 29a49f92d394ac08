import type { ByteBudget } from '@crates-mirror/h2-get/budget';

export interface HttpClientOptions {
  readonly userAgent: string;
  /** TCP and TLS set-up, ms */
  readonly connectTimeoutMs: number;
  /**
   * Ends an attempt, ms: over HTTP/1.1 if none of its bytes arrives for so long, over HTTP/2 if its
   * connection receives nothing for any stream; while it waits for a stream or a connection, if no
   * request to its origin gets a response.
   */
  readonly idleTimeoutMs: number;
  /**
   * A whole attempt, redirects included, without the time spent waiting for streams or connections,
   * ms
   */
  readonly attemptTimeoutMs: number;
  /** Total connections, to all origins; HTTP/2 needs far fewer. */
  readonly maxConnections: number;
  /** Certificates (PEM) trusted instead of the system's. */
  readonly ca?: string;
  /** Environment with HTTPS_PROXY, HTTP_PROXY and NO_PROXY [process.env]. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Byte budget for bodies, shared by all clients that use it; undefined for no limit. */
  readonly budget?: ByteBudget;
}
