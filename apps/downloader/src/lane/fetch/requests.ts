import type { HttpClient } from '@crates-mirror/http-client';
import type { Batcher } from '../report/batcher.ts';
import type { Target } from '../target.ts';
import type { EndedAttempt } from './attempt.ts';
import type { CrateBody } from './crate-body.ts';
import { judge } from './verdict.ts';

export interface RequestsOptions {
  readonly client: Pick<HttpClient, 'get' | 'withdrawUnsent'>;
  readonly batcher: Batcher;
  readonly newBody: () => CrateBody;
  /** An attempt has ended; its body is to be stored or discarded. */
  readonly onEnd: (attempt: EndedAttempt, body: CrateBody) => void;
}

/** A lane's requests: each is an attempt, which is judged and counted when it ends. */
export class Requests {
  readonly #options: RequestsOptions;
  #live = 0;

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** Those under way. */
  get live(): number {
    return this.#live;
  }

  /** @param isProbe whether the file is asked for only to see whether it comes */
  send(target: Target, isProbe: boolean): void {
    const { client, batcher, newBody, onEnd } = this.#options;
    const body = newBody();
    const location = { origin: target.origin, path: target.url.slice(target.origin.length) };
    this.#live += 1;
    const since = performance.now();
    const startedAt = batcher.startAttempt();
    client.get(location, body, (outcome) => {
      this.#live -= 1;
      const verdict = judge(target, body, outcome);
      const kind = isProbe && verdict.kind === 'ok' ? 'probe' : verdict.kind;
      const status = outcome.ok ? 200 : outcome.status;
      batcher.endAttempt({ startedAt, kind, status, bytes: outcome.bytes });
      const hasAnswered = outcome.ok || outcome.hasAnswered;
      onEnd({ target, verdict, isProbe, hasAnswered, since, endedAt: performance.now() }, body);
    });
  }

  /** Those that wait in the client end as `withdrawn`. */
  withdrawUnsent(): void {
    this.#options.client.withdrawUnsent();
  }
}
