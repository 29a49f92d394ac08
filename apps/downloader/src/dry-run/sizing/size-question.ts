import type { GetFailure, HttpClient } from '@crates-mirror/http-client';
import type { Candidate } from './candidate.ts';

/**
 * Status codes of a server that rejects HEAD. A CDN may also return 403 for a file that it does not
 * have.
 */
const REFUSALS: ReadonlySet<number | undefined> = new Set([403, 405, 501]);

const NO_LENGTH: GetFailure = {
  ok: false,
  kind: 'request',
  code: 'no_length',
  message: 'the answer does not say how long the file is',
  status: 200,
  retryAfterMs: undefined,
  bytes: 0,
  hasAnswered: true,
  cause: undefined,
};

/**
 * Requests the sizes of crate files one at a time: by HEAD or, if a server rejects that, by a GET
 * of the first byte.
 */
export class SizeQuestion {
  readonly #client: Pick<HttpClient, 'head' | 'size'>;
  #isHeadRefused = false;

  constructor(client: Pick<HttpClient, 'head' | 'size'>) {
    this.#client = client;
  }

  /** @returns bytes, or why the size is unknown */
  async ask(candidate: Candidate): Promise<number | GetFailure> {
    if (!this.#isHeadRefused) {
      const answer = await this.#send('head', candidate);
      if (typeof answer === 'number' || !isRefusal(answer)) return answer;
    }
    const answer = await this.#send('size', candidate);
    if (typeof answer === 'number') this.#isHeadRefused = true;
    return answer;
  }

  #send(method: 'head' | 'size', { url, origin }: Candidate): Promise<number | GetFailure> {
    let length: number | undefined;
    const sink = {
      begin: (announced: number | undefined): void => {
        length = announced;
      },
      data: (): void => {},
    };
    const location = { origin, path: url.slice(origin.length) };
    return new Promise((resolve) => {
      this.#client[method](location, sink, (outcome) => {
        resolve(outcome.ok ? (length ?? NO_LENGTH) : outcome);
      });
    });
  }
}

function isRefusal({ kind, code, status }: GetFailure): boolean {
  return code === NO_LENGTH.code || (kind === 'http_status' && REFUSALS.has(status));
}
