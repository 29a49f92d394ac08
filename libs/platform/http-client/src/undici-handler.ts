import type { DecodedHeaders, Pace, StreamHandler, Transport } from '@crates-mirror/h2-get';
import { HeldTime } from '@crates-mirror/h2-get/held-time';
import { WANTED_HEADERS } from '@crates-mirror/h2-get/wanted-headers';
import type { Dispatcher } from 'undici';

type Headers = Record<string, string | string[] | undefined>;

export interface UndiciRequest extends StreamHandler {
  /** Called when the request has a connection. */
  onSent(cancel: () => void, transport: Transport): void;
}

/** One origin whose requests undici carries. */
export class UndiciOrigin implements Transport {
  /** Requests that wait for a connection are not delayed by the pace. */
  readonly heldMs = 0;
  /** Responses that the client currently does not read. */
  held = 0;
  /** Connections waiting for a slot. */
  waiting = 0;
  #movedAt = 0;

  get movedAt(): number {
    return this.held + this.waiting > 0 ? performance.now() : this.#movedAt;
  }

  moved(): void {
    this.#movedAt = performance.now();
  }
}

/** Sends a request through undici. */
export class UndiciHandler implements Dispatcher.DispatchHandler, Transport {
  readonly #request: UndiciRequest;
  readonly #origin: UndiciOrigin;
  readonly #pace: Pace | undefined;
  readonly #onOver: () => void;
  readonly #held = new HeldTime();
  #readAgainAt = 0;
  /** undici may still report on a request that was canceled, and resent by another handler. */
  #isOver = false;

  /** @param onOver called when undici has finished the request, with any outcome */
  constructor(request: UndiciRequest, origin: UndiciOrigin, pace: Pace | undefined, onOver: () => void) {
    this.#request = request;
    this.#origin = origin;
    this.#pace = pace;
    this.#onOver = onOver;
  }

  get heldMs(): number {
    return this.#held.total;
  }

  get movedAt(): number {
    return this.#held.isHeld ? performance.now() : this.#readAgainAt;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#request.onSent(() => {
      this.#isOver = true;
      controller.abort(new Error('cancelled'));
    }, this);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    this.#origin.moved();
    if (this.#isOver || status < 200) return;
    this.#request.onHeaders(wanted(status, headers));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#origin.moved();
    if (this.#isOver) return;
    this.#request.onData(chunk);
    if (this.#pace?.pauseIfSpent(() => this.#readAgain(controller)) !== true) return;
    controller.pause();
    this.#held.begin();
    this.#origin.held += 1;
  }

  onResponseEnd(): void {
    this.#onOver();
    if (!this.#isOver) this.#request.onEnd();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#onOver();
    if (!this.#isOver) this.#request.onError(error, false);
  }

  #readAgain(controller: Dispatcher.DispatchController): void {
    this.#held.end();
    this.#origin.held -= 1;
    this.#origin.moved();
    this.#readAgainAt = performance.now();
    if (!this.#isOver) controller.resume();
  }
}

function wanted(status: number, headers: Headers): DecodedHeaders {
  const found: DecodedHeaders = { ':status': String(status) };
  for (const name of WANTED_HEADERS) {
    const value = headers[name];
    const first = Array.isArray(value) ? value[0] : value;
    if (first !== undefined) found[name] = first;
  }
  return found;
}
