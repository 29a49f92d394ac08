import { type BackoffPolicy, type FailureKind, isTransient, retryDelay } from '@crates-mirror/retry';
import type { Target } from '../target.ts';

/**
 * A broken connection ends dozens of streams that did not cause the failure. Attempts that end this
 * way therefore have a separate budget, larger by this factor.
 */
const LOST_CONNECTION_FACTOR = 5;

/** The properties of a failed attempt that decide about a retry. */
export interface FailedAttempt {
  readonly kind: FailureKind;
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** Whether a target may be retried. */
export function mayRetry(
  target: Target,
  { kind, status }: FailedAttempt,
  { retries }: BackoffPolicy,
): boolean {
  const used =
    kind === 'connection_lost'
      ? target.lostConnections / LOST_CONNECTION_FACTOR
      : target.retries - target.lostConnections;
  return isTransient(kind, status) && used < retries;
}

/** Counts a retry. @returns how long to wait before it, in ms */
export function countRetry(
  target: Target,
  { kind, retryAfterMs }: FailedAttempt,
  backoff: BackoffPolicy,
): number {
  target.retries += 1;
  if (kind === 'connection_lost') target.lostConnections += 1;
  const step =
    kind === 'connection_lost'
      ? Math.ceil(target.lostConnections / LOST_CONNECTION_FACTOR)
      : target.retries - target.lostConnections;
  return retryDelay(step, backoff, retryAfterMs);
}
