import { createHash } from 'node:crypto';

/** A server's misbehavior on one request. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  /** Answers late. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Answers once the promise is fulfilled. */
  | { readonly kind: 'hold'; readonly until: Promise<unknown> }
  /** Sends the body in pieces with pauses. */
  | { readonly kind: 'slow'; readonly pieces: number; readonly pauseMs: number }
  /** Sends half of the body, then nothing forever. */
  | { readonly kind: 'stall' }
  /** Announces the whole body and ends after half of it. */
  | { readonly kind: 'truncate' }
  /** Changes one byte. */
  | { readonly kind: 'corrupt' }
  /** Sends more than announced. */
  | { readonly kind: 'extra' }
  /** Cuts the connection within the body. */
  | { readonly kind: 'reset' }
  /** RST_STREAM with REFUSED_STREAM; with HTTP/1.1 the connection is cut before any response. */
  | { readonly kind: 'refuse' }
  /** Sends the body with this Content-Encoding, and actually encodes it only if `isApplied`. */
  | {
      readonly kind: 'encode';
      readonly coding: 'gzip' | 'deflate' | 'br' | 'zstd';
      readonly isApplied: boolean;
    }
  /** Sends a web page instead, as a captive portal does. */
  | { readonly kind: 'page'; readonly title: string }
  /** GOAWAY with the response; `Connection: close` with HTTP/1.1. */
  | { readonly kind: 'goaway' }
  /** Sends an empty body instead of the content. */
  | { readonly kind: 'empty' }
  /**
   * RST_STREAM with this error code (RFC 9113, section 7); with HTTP/1.1 the connection is cut
   * before any response.
   */
  | { readonly kind: 'rst'; readonly code: number }
  /**
   * GOAWAY instead of a response, after which the connection is closed or left open; with HTTP/1.1
   * it is cut.
   */
  | {
      readonly kind: 'goaway-error';
      readonly code: number;
      readonly lastStreamId: number;
      readonly isClosed: boolean;
    }
  /** SETTINGS with this limit on concurrent streams, sent with the response. */
  | { readonly kind: 'max-streams'; readonly streams: number }
  /** Answers with header fields of this total size. */
  | { readonly kind: 'header-flood'; readonly bytes: number }
  /**
   * A TLS alert in the clear, where only encrypted records are allowed; without TLS, malformed
   * bytes.
   */
  | { readonly kind: 'alert' }
  | { readonly kind: 'redirect'; readonly location: string; readonly status?: number }
  /** Sends one byte of the body at a time, with pauses, and never all. */
  | { readonly kind: 'drip'; readonly pauseMs: number }
  /**
   * Sends the first bytes of this body and of all later ones of its connection, as if the client
   * never opened its windows.
   */
  | { readonly kind: 'starve' };

export type FaultKind = Fault['kind'];

/** Selects the fault for a request. @param attempt 1 for the first request for a path */
export type FaultPlan = (path: string, attempt: number) => Fault | undefined;

/**
 * All faults that a client can recover from, in the order in which the random plan selects them.
 */
export const RECOVERABLE_FAULTS: readonly Fault[] = [
  { kind: 'status', status: 503 },
  { kind: 'status', status: 429, retryAfter: '0' },
  { kind: 'status', status: 500 },
  { kind: 'delay', ms: 30 },
  { kind: 'slow', pieces: 4, pauseMs: 10 },
  { kind: 'truncate' },
  { kind: 'corrupt' },
  { kind: 'extra' },
  { kind: 'reset' },
  { kind: 'refuse' },
  { kind: 'goaway' },
];

/** Applies each of `faults` to a share `rate` of all requests, reproducibly by seed. */
export function faultsAtRandom(
  seed: number,
  rate: number,
  faults: readonly Fault[] = RECOVERABLE_FAULTS,
): FaultPlan {
  return (path, attempt) => {
    const draw = createHash('sha256').update(`${seed} ${attempt} ${path}`).digest().readUInt32LE(0) / 2 ** 32;
    return faults[Math.floor(draw / rate)];
  };
}

/**
 * Applies the listed faults to a path's first requests, one after the other; `undefined` in a list
 * means no fault.
 */
export function faultsByPath(plan: Readonly<Record<string, readonly (Fault | undefined)[]>>): FaultPlan {
  return (path, attempt) => plan[path]?.[attempt - 1];
}
