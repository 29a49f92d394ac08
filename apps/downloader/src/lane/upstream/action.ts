import type { Trouble } from '../fetch/attempt.ts';
import type { FailedAttempt } from '../fetch/retry-budget.ts';
import type { Outcome, Target } from '../target.ts';
import type { UpstreamEvent } from './upstream-event.ts';

/** What a lane must do, as decided by {@link UpstreamHealth}. */
export type Action =
  /** Retry the target after a backoff. */
  | { readonly type: 'retry'; readonly target: Target; readonly failure: FailedAttempt }
  /**
   * Queue the target again, to be requested once requests are no longer held back. Its failure was
   * not its own.
   */
  | { readonly type: 'hold'; readonly target: Target }
  /** Complete the target. */
  | { readonly type: 'complete'; readonly target: Target; readonly outcome: Outcome }
  /** Request a file only to see whether it is served. */
  | { readonly type: 'probe'; readonly target: Target }
  /** Request one of the waiting targets, and report it with `onWaitingProbe`. */
  | { readonly type: 'probe_waiting' }
  /** Call `onTimer` after the backoff for this many failures. At most one such timer is pending. */
  | { readonly type: 'wait'; readonly failures: number; readonly retryAfterMs: number | undefined }
  /** Cancel the timer. */
  | { readonly type: 'stop_waiting' }
  /** Report the first file that an origin has served to the other lanes. */
  | { readonly type: 'share'; readonly target: Target }
  | { readonly type: 'report'; readonly event: UpstreamEvent }
  /** End the run. */
  | { readonly type: 'give_up'; readonly trouble: Trouble };

/** Nearly every attempt results in no action, so all of these share one list. */
export const NOTHING: readonly Action[] = [];

/** Concatenates two lists, without a new list if either is empty. */
export function joined(first: readonly Action[], second: readonly Action[]): readonly Action[] {
  if (first.length === 0) return second;
  return second.length === 0 ? first : [...first, ...second];
}
