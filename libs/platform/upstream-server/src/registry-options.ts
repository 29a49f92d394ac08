import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Certificate } from './certificate.ts';
import type { FaultPlan } from './faults.ts';

/**
 * `h2` supports HTTP/2 and HTTP/1.1 over TLS, `h2c` HTTP/2 in the clear, `https` and `http` only
 * HTTP/1.1.
 */
export type Protocol = 'h2' | 'h2c' | 'https' | 'http';

export type ServerRequest = IncomingMessage | Http2ServerRequest;
export type ServerReply = ServerResponse | Http2ServerResponse;

export interface RegistryOptions {
  /**
   * Returns the bytes at a decoded URL path (`/crates/a/a-1.0.0+1.crate`), undefined if there are
   * none.
   */
  readonly find: (path: string) => Buffer | undefined;
  readonly protocol: Protocol;
  /** Required for `h2` and `https`. */
  readonly certificate?: Certificate;
  /** @default 0, any free port */
  readonly port?: number;
  readonly faults?: FaultPlan;
  /** Whether the plan has the fault `alert` [false]: all connections then go through a relay. */
  readonly sendsAlerts?: boolean;
  /** GOAWAY after this many requests of a session; 0 is never. */
  readonly goawayEvery?: number;
  /** Whether to answer Range requests [true]. */
  readonly range?: boolean;
  /** Whether to answer HEAD [true]; or the status with which to refuse it, 405 for false. */
  readonly head?: boolean | number;
  /** Callback for every request as it arrives. */
  readonly onRequest?: (request: ServerRequest) => void;
}
