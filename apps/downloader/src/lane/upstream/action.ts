import type { Trouble } from '../fetch/attempt.ts';
import type { FailedAttempt } from '../fetch/retry-budget.ts';
import type { Settlement, Target } from '../target.ts';
import type { UpstreamEvent } from './upstream-event.ts';

/** What a lane has to do, as {@link UpstreamHealth} decides. */
export type Action =
  /** The target is asked for again after a backoff. */
  | { readonly type: 'retry'; readonly target: Target; readonly failure: FailedAttempt }
  /** The target is asked for again once requests are no longer held back: its failure says nothing of it. */
  | { readonly type: 'hold'; readonly target: Target }
  /** The target has ended. */
  | { readonly type: 'complete'; readonly target: Target; readonly settlement: Settlement }
  /** A file is asked for only to see whether it comes. */
  | { readonly type: 'probe'; readonly target: Target }
  /** One of the targets that wait is asked for; the answer is `onWaitingProbe`. */
  | { readonly type: 'probe_waiting' }
  /** `onTimer` is due after the backoff of so many failures. There is one such timer at most. */
  | { readonly type: 'wait'; readonly failures: number; readonly retryAfterMs: number | undefined }
  /** The timer is not needed any longer. */
  | { readonly type: 'stop_waiting' }
  /** Other lanes learn of the first file that an origin has handed out. */
  | { readonly type: 'share'; readonly target: Target }
  | { readonly type: 'report'; readonly event: UpstreamEvent }
  /** The run ends. */
  | { readonly type: 'give_up'; readonly trouble: Trouble };

/** Nearly every attempt asks for no action: all of these share one list. */
export const NOTHING: readonly Action[] = [];

/** One after the other, without a new list where there is nothing to join. */
export function joined(first: readonly Action[], second: readonly Action[]): readonly Action[] {
  if (first.length === 0) return second;
  return second.length === 0 ? first : [...first, ...second];
}
