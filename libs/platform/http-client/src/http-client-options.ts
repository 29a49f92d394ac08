import type { ByteBudget } from '@crates-mirror/h2-get/budget';

export interface HttpClientOptions {
  readonly userAgent: string;
  /** TCP and TLS set-up, ms */
  readonly connectTimeoutMs: number;
  /**
   * Ends an attempt, ms: over HTTP/1.1 when none of its bytes arrives for so long, over HTTP/2 when its connection brings
   * nothing for any stream; while it waits for a stream or a connection, when its origin answers nobody.
   */
  readonly idleTimeoutMs: number;
  /** A whole attempt, redirects included, without what it waits for streams or connections, ms */
  readonly attemptTimeoutMs: number;
  /** Connections at once, whatever origins they lead to; over HTTP/2 far fewer do. */
  readonly maxConnections: number;
  /** Certificates (PEM) trusted instead of the system's. */
  readonly ca?: string;
  /** Where HTTPS_PROXY, HTTP_PROXY and NO_PROXY are looked up [process.env]. */
  readonly environment?: NodeJS.ProcessEnv;
  /** What bodies may bring altogether, with all who have the same budget; undefined for as much as comes. */
  readonly budget?: ByteBudget;
}
