import { setTimeout as sleep } from 'node:timers/promises';
import type { GetFailure, HttpClient } from '@crates-mirror/http-client';
import {
  type BackoffPolicy,
  classifyStatus,
  isTransient,
  isUnreachable,
  retryDelay,
} from '@crates-mirror/retry';
import type { Candidate } from './candidate.ts';
import { SizeQuestion } from './size-question.ts';

/**
 * Maximum number of concurrent requests. A few are enough: some hundred responses without a body do
 * not take long.
 */
export const MAX_REQUESTS = 16;

export interface Sizes {
  /** Bytes of each crate file that was answered; 0 for those missing upstream. */
  readonly sizes: number[];
  missing: number;
  /** Number of files without a usable response. */
  failed: number;
  /** Why the first of these failed. */
  failure: string | undefined;
  /** Whether no server responded, in which case the remaining sizes were not requested. */
  isOffline: boolean;
}

export interface SizeRequestsOptions {
  readonly client: Pick<HttpClient, 'head' | 'size'>;
  readonly backoff: BackoffPolicy;
  readonly signal: AbortSignal;
}

/**
 * Requests sizes, with retries. A Retry-After from a server pauses all requests; an abort cancels
 * the remaining ones.
 */
export class SizeRequests {
  readonly #options: SizeRequestsOptions;
  readonly #result: Sizes = { sizes: [], missing: 0, failed: 0, failure: undefined, isOffline: false };
  readonly #question: SizeQuestion;
  #hasAnswered = false;
  /** No request is sent before this time, in ms on performance.now()'s clock. */
  #pausedUntil = 0;

  constructor(options: SizeRequestsOptions) {
    this.#options = options;
    this.#question = new SizeQuestion(options.client);
  }

  async ask(candidates: readonly Candidate[]): Promise<Sizes> {
    const rest = [...candidates].reverse();
    const askOn = async (): Promise<void> => {
      for (let next = rest.pop(); next !== undefined && !this.#isOver; next = rest.pop())
        await this.#ask(next);
    };
    await Promise.all(Array.from({ length: Math.min(MAX_REQUESTS, rest.length) }, askOn));
    return this.#result;
  }

  get #isOver(): boolean {
    return this.#options.signal.aborted || this.#result.isOffline;
  }

  async #ask(candidate: Candidate): Promise<void> {
    const { backoff } = this.#options;
    for (let retry = 1; ; retry++) {
      await this.#pause();
      if (this.#isOver) return;
      const answer = await this.#question.ask(candidate);
      if (typeof answer === 'number') {
        this.#hasAnswered = true;
        this.#result.sizes.push(answer);
        return;
      }
      if (answer.hasAnswered) this.#hasAnswered = true;
      const { kind, status } = answer;
      if (kind === 'http_status' && classifyStatus(status ?? 0) === 'missing') {
        this.#result.sizes.push(0);
        this.#result.missing += 1;
        return;
      }
      const isWorthIt = kind !== 'sink' && kind !== 'withdrawn' && isTransient(kind, status);
      if (!isWorthIt || retry > backoff.retries) {
        this.#fail(answer);
        return;
      }
      const delay = retryDelay(retry, backoff, answer.retryAfterMs);
      if (answer.retryAfterMs === undefined) await this.#sleep(delay);
      else this.#pausedUntil = Math.max(this.#pausedUntil, performance.now() + delay);
    }
  }

  #fail({ kind, message }: GetFailure): void {
    this.#result.failed += 1;
    this.#result.failure ??= message;
    if (!this.#hasAnswered && kind !== 'sink' && kind !== 'withdrawn' && isUnreachable(kind))
      this.#result.isOffline = true;
  }

  async #pause(): Promise<void> {
    for (let ms = this.#pauseMs; ms > 0 && !this.#isOver; ms = this.#pauseMs) await this.#sleep(ms);
  }

  get #pauseMs(): number {
    return this.#pausedUntil - performance.now();
  }

  async #sleep(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#options.signal }).catch(() => {});
  }
}
