import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Certificate } from './certificate.ts';
import type { FaultPlan } from './faults.ts';

/** `h2` speaks HTTP/2 and HTTP/1.1 over TLS, `h2c` HTTP/2 in clear, `https` and `http` HTTP/1.1 only. */
export type Protocol = 'h2' | 'h2c' | 'https' | 'http';

export type ServerRequest = IncomingMessage | Http2ServerRequest;
export type ServerReply = ServerResponse | Http2ServerResponse;

export interface RegistryOptions {
  /** The bytes at a decoded URL path (`/crates/a/a-1.0.0+1.crate`), undefined where there are none. */
  readonly find: (path: string) => Buffer | undefined;
  readonly protocol: Protocol;
  /** Needed for `h2` and `https`. */
  readonly certificate?: Certificate;
  /** @default 0, any free port */
  readonly port?: number;
  readonly faults?: FaultPlan;
  /** GOAWAY after every so many requests of a session; 0 is never. */
  readonly goawayEvery?: number;
  /** Answer Range requests [true]. */
  readonly range?: boolean;
  /** Answer HEAD [true]; with this status where it is refused, 405 for false. */
  readonly head?: boolean | number;
  /** Told of every request as it arrives. */
  readonly onRequest?: (request: ServerRequest) => void;
}
