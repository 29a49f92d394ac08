import { type BackoffPolicy, type FailureKind, isTransient, retryDelay } from '@crates-mirror/retry';
import type { Target } from '../target.ts';

/**
 * A connection that breaks takes dozens of streams along that had no part in it. So attempts that end this way have a
 * budget of their own, so many times that of other failures.
 */
const LOST_CONNECTION_FACTOR = 5;

/** A failed attempt, as far as another one depends on it. */
export interface FailedAttempt {
  readonly kind: FailureKind;
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** Whether a target may be tried once more. */
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
