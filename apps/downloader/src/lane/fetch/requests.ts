import type { GetOutcome, HttpClient } from '@crates-mirror/http-client';
import type { Batcher } from '../report/batcher.ts';
import type { Target } from '../target.ts';
import type { EndedAttempt } from './attempt.ts';
import type { BodyStore } from './body-store.ts';
import type { CrateBody } from './crate-body.ts';
import { judge, type VerdictKind } from './verdict.ts';

/** Outcomes after which the next attempt may resume the received body. */
const BROKE_OFF: ReadonlySet<VerdictKind> = new Set([
  'connect',
  'tls',
  'timeout',
  'connection_lost',
  'truncated',
  'http_status',
  'withdrawn',
]);

export interface RequestsOptions {
  readonly client: Pick<HttpClient, 'get' | 'withdrawUnsent'>;
  readonly batcher: Batcher;
  readonly store: BodyStore;
  /**
   * Called when an attempt has ended. If it fetched the file and was not a probe, the body must be
   * stored.
   */
  readonly onEnd: (attempt: EndedAttempt, body: CrateBody) => void;
}

interface Attempt {
  readonly target: Target;
  readonly isProbe: boolean;
  readonly body: CrateBody;
  readonly since: number;
  readonly startedAt: number;
  /** Received by earlier requests that failed. */
  readonly bytes: number;
}

/** A lane's requests. Each is an attempt, which is judged and counted when it ends. */
export class Requests {
  readonly #options: RequestsOptions;
  #live = 0;

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** Number of requests in progress. */
  get live(): number {
    return this.#live;
  }

  /** @param isProbe whether the file is requested only to see whether it is served */
  send(target: Target, isProbe: boolean): void {
    const { batcher, store } = this.#options;
    this.#live += 1;
    this.#get({
      target,
      isProbe,
      body: store.newBody(target),
      since: performance.now(),
      startedAt: batcher.startAttempt(),
      bytes: 0,
    });
  }

  #get(attempt: Attempt): void {
    const { target, body } = attempt;
    const location = { origin: target.origin, path: target.url.slice(target.origin.length) };
    this.#options.client.get(location, body, (outcome) => this.#ended(attempt, outcome), body.resume);
  }

  #ended(attempt: Attempt, outcome: GetOutcome): void {
    const { target, isProbe, body, since, startedAt } = attempt;
    const { batcher, store, onEnd } = this.#options;
    const isResumed = body.isResumed;
    // The part of the body that this response did not contain.
    const from = body.size - outcome.bytes;
    const verdict = judge(target, body, outcome);
    const bytes = attempt.bytes + outcome.bytes;
    if (verdict.kind === 'checksum_mismatch' && isResumed) {
      // The resumed beginning may be wrong. Only a complete body from a single response shows what
      // upstream has.
      body.discard();
      this.#get({ ...attempt, bytes });
      return;
    }
    this.#live -= 1;
    const kind = isProbe && verdict.kind === 'ok' ? 'probe' : verdict.kind;
    const status = outcome.ok ? (isResumed ? 206 : 200) : outcome.status;
    batcher.endAttempt({ startedAt, kind, status, bytes });
    const hasAnswered = outcome.ok || outcome.hasAnswered;
    if (verdict.kind === 'ok' && isResumed)
      batcher.resumed({ url: target.url, from, size: from + outcome.bytes });
    if (verdict.kind !== 'ok' || isProbe) store.release(target, body, BROKE_OFF.has(verdict.kind));
    onEnd({ target, verdict, isProbe, hasAnswered, since, endedAt: performance.now() }, body);
  }

  /** Withdraws requests that are queued in the client; they end as `withdrawn`. */
  withdrawUnsent(): void {
    this.#options.client.withdrawUnsent();
  }
}
