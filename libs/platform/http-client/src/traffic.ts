import { classifyStatus } from '@crates-mirror/retry';
import type { GetOutcome } from './outcome.ts';

/** Totals of a client's requests over a period, in plain numbers. */
export interface TrafficCounts {
  /** length of the period */
  readonly ms: number;
  /** Requests under way, integrated over the period. */
  readonly requestMs: number;
  /** Requests that ended with a body, or with the answer that there is none. */
  readonly completed: number;
  /** Body bytes, counted as they arrive. */
  readonly bytes: number;
  /** Headers that arrived, and the sum of their times since their requests were sent. */
  readonly answers: number;
  readonly answerMs: number;
  /** Responses that request a lower rate: 429 (RFC 6585, 4) and 503 (RFC 9110, 15.6.4). */
  readonly throttled: number;
  /** The longest Retry-After among these, ms. */
  readonly retryAfterMs: number;
  /** Requests that ended otherwise. */
  readonly failed: number;
}

function noCounts() {
  return {
    requestMs: 0,
    completed: 0,
    bytes: 0,
    answers: 0,
    answerMs: 0,
    throttled: 0,
    retryAfterMs: 0,
    failed: 0,
  };
}

/** Counts the totals of a client's requests. Times are ms on performance.now()'s clock. */
export class Traffic {
  #counts = noCounts();
  #underWay = 0;
  #changedAt: number;
  #takenAt: number;

  constructor(now: number) {
    this.#changedAt = now;
    this.#takenAt = now;
  }

  begun(now: number): void {
    this.#change(1, now);
  }

  /** Called when a header has arrived. @param ms since its request was sent */
  answered(ms: number): void {
    this.#counts.answers += 1;
    this.#counts.answerMs += ms;
  }

  received(bytes: number): void {
    this.#counts.bytes += bytes;
  }

  ended(outcome: GetOutcome, now: number): void {
    this.#change(-1, now);
    if (outcome.ok) this.#counts.completed += 1;
    else if (outcome.kind !== 'withdrawn') this.#countFailure(outcome.status ?? 0, outcome.retryAfterMs ?? 0);
  }

  /** The counts since the last call. */
  take(now: number): TrafficCounts {
    this.#change(0, now);
    const counts = { ms: now - this.#takenAt, ...this.#counts };
    this.#takenAt = now;
    this.#counts = noCounts();
    return counts;
  }

  #countFailure(status: number, retryAfterMs: number): void {
    if (status === 429 || status === 503) {
      this.#counts.throttled += 1;
      this.#counts.retryAfterMs = Math.max(this.#counts.retryAfterMs, retryAfterMs);
    } else if (classifyStatus(status) === 'missing') {
      this.#counts.completed += 1;
    } else {
      this.#counts.failed += 1;
    }
  }

  #change(by: number, now: number): void {
    this.#counts.requestMs += this.#underWay * (now - this.#changedAt);
    this.#changedAt = now;
    this.#underWay += by;
  }
}
