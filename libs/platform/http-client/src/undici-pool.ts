import { errorCode, errorMessage } from '@crates-mirror/errors';
import type { Dispatcher } from 'undici';
import type { GetRequest } from './get-request.ts';
import type { Pace } from './pace/pace.ts';
import { FIRST_BYTE, rangeOf, SIZE } from './resume.ts';
import { UndiciHandler, type UndiciOrigin } from './undici-handler.ts';

function rangeHeaders({ method, resume }: GetRequest): Readonly<Record<string, string>> {
  if (method === SIZE) return { range: FIRST_BYTE };
  return resume === undefined ? {} : { range: rangeOf(resume), 'if-range': resume.validator };
}

/** Connections to one origin as undici makes them, and the requests that they carry or that wait for them. */
export class UndiciPool {
  readonly #dispatcher: Dispatcher;
  readonly #state: UndiciOrigin;
  readonly #pace: Pace | undefined;
  readonly #most: number;
  #live = 0;

  /** @param most connections */
  constructor(dispatcher: Dispatcher, state: UndiciOrigin, pace: Pace | undefined, most: number) {
    this.#dispatcher = dispatcher;
    this.#state = state;
    this.#pace = pace;
    this.#most = most;
  }

  /** Whether it has no requests. */
  get isIdle(): boolean {
    return this.#live === 0;
  }

  /** @param common headers of every request */
  dispatch(request: GetRequest, common: Readonly<Record<string, string>>): void {
    const { location } = request;
    const { origin, path } = location;
    const method = request.method === SIZE ? 'GET' : request.method;
    const headers = { ...common, ...rangeHeaders(request) };
    // One that is given up meanwhile is cancelled when it gets a connection.
    request.onQueued(() => {}, this.#state);
    this.#live += 1;
    const handler = new UndiciHandler(request, this.#state, this.#pace, () => {
      this.#live -= 1;
    });
    try {
      // To a SOCKS proxy, undici takes their number from here.
      const options = { origin, path, method, headers, connections: this.#most };
      this.#dispatcher.dispatch(options, handler);
    } catch (error) {
      this.#live -= 1;
      setImmediate(() =>
        request.cancel({ kind: 'request', code: errorCode(error), message: errorMessage(error) }),
      );
    }
  }

  /** Takes no more requests, and closes its connections when those under way have ended. */
  close(): Promise<void> {
    return this.#dispatcher.close();
  }

  destroy(): Promise<void> {
    return this.#dispatcher.destroy();
  }
}
