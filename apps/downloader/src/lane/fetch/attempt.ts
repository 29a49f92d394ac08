import { classifyStatus, isUnreachable } from '@crates-mirror/retry';
import type { Target } from '../target.ts';
import type { Verdict } from './verdict.ts';

/** A request that has ended, as far as it tells something of the upstream. */
export interface EndedAttempt {
  readonly target: Target;
  readonly verdict: Verdict;
  /** Whether the file was asked for only to see whether it comes. */
  readonly isProbe: boolean;
  /** Whether anybody has answered at all. */
  readonly hasAnswered: boolean;
  /** when it began, ms on performance.now()'s clock */
  readonly since: number;
  /** when it ended, by the same clock */
  readonly endedAt: number;
}

/** Whether the answer was neither the file nor that there is none: "not now" (503), "not you" (401), or whatever else (400). */
export function isRejected(verdict: Verdict): boolean {
  return verdict.kind === 'http_status';
}

/** Whether the answer was "not now": the same request may be answered otherwise later. */
export function isRetryable(verdict: Verdict): boolean {
  return verdict.kind === 'http_status' && classifyStatus(verdict.status ?? 0) === 'transient';
}

/** What an upstream does that is not waited for any longer, and what can be done about it. */
export interface Trouble {
  /** `https://… answers 403 Forbidden for files that it has` */
  readonly message: string;
  readonly hint: string;
}

const GOES_ON = 'and run again: it goes on where it stopped';
const PROXY_HINT = `Check the proxy and the environment variable, ${GOES_ON}`;
const REACH_HINT = `Check the network, --crates-base-url and --ca-file, ${GOES_ON}`;
const LET_IN_HINT = `Find out whether it still lets you in, wait or give a lower --concurrency, ${GOES_ON}`;
const BUSY_HINT = `Wait or give a lower --concurrency, ${GOES_ON}`;

/** The trouble that a failed attempt is a sign of. */
export function troubleOf({ target: { origin }, verdict }: EndedAttempt): Trouble {
  if (verdict.kind === 'missing_upstream')
    return { message: `${origin} answers ${named(verdict.status)} for files that it has`, hint: LET_IN_HINT };
  if (verdict.kind === 'http_status') {
    const message = `${origin} answers ${named(verdict.status)} to everything`;
    return { message, hint: isRetryable(verdict) ? BUSY_HINT : LET_IN_HINT };
  }
  const reason = 'error' in verdict ? verdict.error.message : verdict.kind;
  const isSilent = isUnreachable(verdict.kind) || verdict.kind === 'connection_lost';
  const what = isSilent ? 'cannot be reached' : 'hands out nothing of use';
  const isProxy = 'error' in verdict && verdict.error.code === 'proxy_unreachable';
  return { message: `${origin} ${what}: ${reason}`, hint: isProxy ? PROXY_HINT : REACH_HINT };
}

/** `503 Service Unavailable` */
function named(status: number | undefined): string {
  // Loaded only where it is needed.
  const { STATUS_CODES } = process.getBuiltinModule('node:http');
  return `${status} ${STATUS_CODES[status ?? 0] ?? ''}`.trimEnd();
}
