export interface BackoffPolicy {
  /** Retries after the first attempt. */
  readonly retries: number;
  readonly baseMs: number;
  readonly maxMs: number;
}

/** A server may delay a run, but not bring it to a standstill. */
export const MAX_RETRY_AFTER_MS = 5 * 60_000;

/**
 * Exponential backoff with full jitter: uniform in [0, min(max, base · 2^(retry-1))], in ms.
 * Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 *
 * @param retry 1 for the first retry.
 */
export function fullJitterDelay(
  retry: number,
  policy: BackoffPolicy,
  random: () => number = Math.random,
): number {
  return random() * Math.min(policy.maxMs, policy.baseMs * 2 ** (retry - 1));
}

/**
 * `Retry-After` in ms from now, from delta-seconds or an HTTP date (RFC 9110, 10.2.3); undefined if
 * absent or malformed. Never negative, at most {@link MAX_RETRY_AFTER_MS}.
 */
export function parseRetryAfter(value: string | undefined, now: number = Date.now()): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : httpDate(text) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}

/** All three formats of RFC 9110, 5.6.7, are in GMT; asctime's does not include it. */
function httpDate(text: string): number {
  if (!/^[A-Za-z]{3,9},? /.test(text)) return Number.NaN;
  return Date.parse(text.endsWith(' GMT') ? text : `${text} GMT`);
}

/** The wait before a retry: jittered backoff, but at least as long as the server requested. */
export function retryDelay(
  retry: number,
  policy: BackoffPolicy,
  retryAfterMs: number | undefined,
  random: () => number = Math.random,
): number {
  return Math.max(fullJitterDelay(retry, policy, random), retryAfterMs ?? 0);
}
