import { classifyStatus, isUnreachable } from '@crates-mirror/retry';
import type { Target } from '../target.ts';
import type { Verdict } from './verdict.ts';

/** The result of a request, as far as it concerns the upstream. */
export interface EndedAttempt {
  readonly target: Target;
  readonly verdict: Verdict;
  /** Whether the request was a probe, sent only to see whether the file is served. */
  readonly isProbe: boolean;
  /** Whether a server responded at all. */
  readonly hasAnswered: boolean;
  /** Start time, in ms on performance.now()'s clock. */
  readonly since: number;
  /** End time, on the same clock. */
  readonly endedAt: number;
}

/**
 * Whether the response was neither the file nor "missing": "not now" (503), "not you" (401) or any
 * other error (400).
 */
export function isRejected(verdict: Verdict): boolean {
  return verdict.kind === 'http_status';
}

/** Whether the response was "not now", so that the same request may succeed later. */
export function isRetryable(verdict: Verdict): boolean {
  return verdict.kind === 'http_status' && classifyStatus(verdict.status ?? 0) === 'transient';
}

/** An upstream condition that the run no longer waits out, and advice on it. */
export interface Trouble {
  /** For example `https://… answers 403 Forbidden for files that it has` */
  readonly message: string;
  readonly hint: string;
}

const GOES_ON = 'and run again: it goes on where it stopped';
const PROXY_HINT = `Check the proxy and the environment variable, ${GOES_ON}`;
const REACH_HINT = `Check the network, --crates-base-url and --ca-file, ${GOES_ON}`;
const LET_IN_HINT = `Find out whether it still lets you in, wait or give a lower --concurrency, ${GOES_ON}`;
const BUSY_HINT = `Wait or give a lower --concurrency, ${GOES_ON}`;

const PROXY_ERRORS: ReadonlySet<string> = new Set(['proxy_unreachable', 'proxy_refused']);

/** The condition that a failed attempt indicates. */
export function troubleOf({ target: { origin }, verdict }: EndedAttempt): Trouble {
  if (verdict.kind === 'missing_upstream')
    return { message: `${origin} answers ${named(verdict.status)} for files that it has`, hint: LET_IN_HINT };
  if (verdict.kind === 'http_status') {
    const message = `${origin} answers ${named(verdict.status)} to everything`;
    return { message, hint: isRetryable(verdict) ? BUSY_HINT : LET_IN_HINT };
  }
  const reason = 'error' in verdict ? verdict.error.message : verdict.kind;
  const isSilent = isUnreachable(verdict.kind) || verdict.kind === 'connection_lost';
  const what = isSilent ? 'cannot be reached' : 'serves nothing usable';
  const isProxy = 'error' in verdict && PROXY_ERRORS.has(verdict.error.code);
  return { message: `${origin} ${what}: ${reason}`, hint: isProxy ? PROXY_HINT : REACH_HINT };
}

/** For example `503 Service Unavailable` */
function named(status: number | undefined): string {
  // Loaded on demand.
  const { STATUS_CODES } = process.getBuiltinModule('node:http');
  return `${status} ${STATUS_CODES[status ?? 0] ?? ''}`.trimEnd();
}
