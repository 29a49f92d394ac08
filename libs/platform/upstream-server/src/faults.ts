import { createHash } from 'node:crypto';

/** What a server does wrong to one request. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  /** Answers late. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Answers when the promise is fulfilled. */
  | { readonly kind: 'hold'; readonly until: Promise<unknown> }
  /** Sends the body in pieces with pauses. */
  | { readonly kind: 'slow'; readonly pieces: number; readonly pauseMs: number }
  /** Sends half of the body, then nothing for ever. */
  | { readonly kind: 'stall' }
  /** Promises the whole body and ends after half of it. */
  | { readonly kind: 'truncate' }
  /** Changes one byte. */
  | { readonly kind: 'corrupt' }
  /** Sends more than it promised. */
  | { readonly kind: 'extra' }
  /** Cuts the connection within the body. */
  | { readonly kind: 'reset' }
  /** RST_STREAM with REFUSED_STREAM; HTTP/1.1 has the connection cut before any answer. */
  | { readonly kind: 'refuse' }
  /** Sends the body with this Content-Encoding, and really in it only where `isApplied`. */
  | {
      readonly kind: 'encode';
      readonly coding: 'gzip' | 'deflate' | 'br' | 'zstd';
      readonly isApplied: boolean;
    }
  /** Sends a web page instead, as a captive portal does. */
  | { readonly kind: 'page'; readonly title: string }
  /** GOAWAY with the answer; HTTP/1.1 has `Connection: close`. */
  | { readonly kind: 'goaway' }
  /** Sends an empty body where there is one. */
  | { readonly kind: 'empty' }
  /** RST_STREAM with this error code (RFC 9113, section 7); HTTP/1.1 has the connection cut before any answer. */
  | { readonly kind: 'rst'; readonly code: number }
  /** GOAWAY instead of an answer, and the connection is closed after it or left open; HTTP/1.1 has it cut. */
  | {
      readonly kind: 'goaway-error';
      readonly code: number;
      readonly lastStreamId: number;
      readonly isClosed: boolean;
    }
  /** SETTINGS that allow so many streams at once, with the answer. */
  | { readonly kind: 'max-streams'; readonly streams: number }
  /** Answers with header fields of so many bytes in all. */
  | { readonly kind: 'header-flood'; readonly bytes: number }
  /** A TLS alert in clear, where only encrypted records may come; without TLS, bytes that make no sense. */
  | { readonly kind: 'alert' }
  | { readonly kind: 'redirect'; readonly location: string; readonly status?: number };

export type FaultKind = Fault['kind'];

/** Chooses the fault of a request. @param attempt 1 for the first request of a path */
export type FaultPlan = (path: string, attempt: number) => Fault | undefined;

/** Every fault that a client can recover from, in the order the random plan picks them. */
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

/** Gives each of `faults` to `rate` of all requests, the same ones for the same seed. */
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

/** Gives the listed faults to a path's first requests, one after the other; `undefined` in a list is none. */
export function faultsByPath(plan: Readonly<Record<string, readonly (Fault | undefined)[]>>): FaultPlan {
  return (path, attempt) => plan[path]?.[attempt - 1];
}
