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
