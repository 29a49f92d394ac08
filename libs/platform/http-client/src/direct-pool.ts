import type { ConnectionSlots, Pace } from '@crates-mirror/h2-get';
import type { Client } from 'undici';
import type { GetRequest } from './get-request.ts';
import { UndiciHandler, type UndiciOrigin } from './undici-handler.ts';
import { dispatchOptions, type OriginPool, refused } from './undici-request.ts';

/** The most requests on one connection while others wait for one; then another has its turn. */
const TURN = 64;

/** A connection slot, with one connection at a time. */
interface Line {
  readonly client: Client;
  carried: number;
}

/**
 * Connections to one origin over HTTP/1.1, each with one request at a time, and the requests that
 * wait for one. undici's own pool would assign requests to connections that still wait to be
 * opened, while others are free.
 */
export class DirectPool implements OriginPool {
  readonly #newClient: () => Client;
  readonly #slots: ConnectionSlots;
  readonly #state: UndiciOrigin;
  readonly #pace: Pace | undefined;
  readonly #waiting = new Map<GetRequest, Readonly<Record<string, string>>>();
  readonly #busy = new Set<Line>();
  readonly #idle: Line[] = [];
  #isClosed = false;

  constructor(newClient: () => Client, slots: ConnectionSlots, state: UndiciOrigin, pace: Pace | undefined) {
    this.#newClient = newClient;
    this.#slots = slots;
    this.#state = state;
    this.#pace = pace;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  dispatch(request: GetRequest, headers: Readonly<Record<string, string>>): void {
    this.#waiting.set(request, headers);
    request.onQueued(() => this.#waiting.delete(request), this.#state);
    const line = this.#idle.pop();
    if (line !== undefined) this.#next(line);
    else this.#open();
  }

  closeIdle(most: number): number {
    const idle = this.#idle.splice(0, most);
    for (const line of idle) this.#end(line);
    return idle.length;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.closeIdle(this.#idle.length);
  }

  async destroy(): Promise<void> {
    await Promise.all([...this.#busy, ...this.#idle].map(({ client }) => client.destroy()));
  }

  #open(): void {
    const lines = this.#busy.size + this.#idle.length;
    while (this.#waiting.size > this.#state.waiting && lines + this.#state.waiting < this.#slots.most) {
      this.#state.waiting += 1;
      this.#slots.take(() => this.#slotTaken());
    }
  }

  /** The slot may come too late. */
  #slotTaken(): void {
    this.#state.waiting -= 1;
    if (this.#waiting.size > 0) this.#next({ client: this.#newClient(), carried: 0 });
    else this.#slots.release();
  }

  /** Assigns the next request to a free connection. */
  #next(line: Line): void {
    this.#busy.delete(line);
    const isOthersTurn = this.#slots.wanted > 0 && (this.#waiting.size === 0 || line.carried >= TURN);
    const next = this.#waiting.entries().next().value;
    if (isOthersTurn || (next === undefined && this.#isClosed)) {
      this.#end(line);
      this.#open();
    } else if (next === undefined) {
      this.#idle.push(line);
    } else {
      this.#send(line, ...next);
    }
  }

  #send(line: Line, request: GetRequest, headers: Readonly<Record<string, string>>): void {
    this.#waiting.delete(request);
    this.#busy.add(line);
    line.carried += 1;
    // Within a callback, undici cannot accept another request.
    const onOver = (): void => void setImmediate(() => this.#next(line));
    try {
      line.client.dispatch(
        dispatchOptions(request, headers),
        new UndiciHandler(request, this.#state, this.#pace, onOver),
      );
    } catch (error) {
      refused(request, error);
      onOver();
    }
  }

  /** The slot is released when the connection has closed. */
  #end({ client }: Line): void {
    void client.close().finally(() => this.#slots.release());
  }
}
