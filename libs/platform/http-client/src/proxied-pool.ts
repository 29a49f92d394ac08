import type { Pace } from '@crates-mirror/h2-get';
import type { Dispatcher } from 'undici';
import type { GetRequest } from './get-request.ts';
import { UndiciHandler, type UndiciOrigin } from './undici-handler.ts';
import { dispatchOptions, type OriginPool, refused } from './undici-request.ts';

/** Connections to one origin through a proxy, managed by undici. */
export class ProxiedPool implements OriginPool {
  readonly #dispatcher: Dispatcher;
  readonly #state: UndiciOrigin;
  readonly #pace: Pace | undefined;
  readonly #most: number;
  #live = 0;
  #isClosed = false;

  /** @param most connections */
  constructor(dispatcher: Dispatcher, state: UndiciOrigin, pace: Pace | undefined, most: number) {
    this.#dispatcher = dispatcher;
    this.#state = state;
    this.#pace = pace;
    this.#most = most;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  dispatch(request: GetRequest, headers: Readonly<Record<string, string>>): void {
    // A request that is abandoned meanwhile is canceled once it gets a connection.
    request.onQueued(() => {}, this.#state);
    this.#live += 1;
    const onOver = (): void => {
      this.#live -= 1;
    };
    try {
      // For a SOCKS proxy, undici takes the number of connections from here.
      const options = { ...dispatchOptions(request, headers), connections: this.#most };
      this.#dispatcher.dispatch(options, new UndiciHandler(request, this.#state, this.#pace, onOver));
    } catch (error) {
      onOver();
      refused(request, error);
    }
  }

  closeIdle(most: number): number {
    if (most === 0 || this.#live > 0) return 0;
    void this.close();
    return 1;
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return this.#dispatcher.close();
  }

  destroy(): Promise<void> {
    return this.#dispatcher.destroy();
  }
}
