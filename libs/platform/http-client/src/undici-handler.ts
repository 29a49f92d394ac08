import type { Dispatcher } from 'undici';
import type { Carrier } from './carrier.ts';
import type { StreamHandler } from './h2/connection.ts';
import type { DecodedHeaders } from './h2/hpack-decoder.ts';
import { WANTED_HEADERS } from './wanted-headers.ts';

type Headers = Record<string, string | string[] | undefined>;

export interface UndiciRequest extends StreamHandler {
  /** It has a connection now. */
  onSent(cancel: () => void): void;
}

/** One origin as undici carries it. */
export class UndiciOrigin implements Carrier {
  movedAt = 0;
}

/** Lets undici carry a request. */
export class UndiciHandler implements Dispatcher.DispatchHandler {
  readonly #request: UndiciRequest;
  readonly #origin: UndiciOrigin;
  /** undici may still tell of a request that was cancelled, and sent again by another handler. */
  #isOver = false;

  constructor(request: UndiciRequest, origin: UndiciOrigin) {
    this.#request = request;
    this.#origin = origin;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#request.onSent(() => {
      this.#isOver = true;
      controller.abort(new Error('cancelled'));
    });
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    this.#origin.movedAt = performance.now();
    if (this.#isOver || status < 200) return;
    this.#request.onHeaders(wanted(status, headers));
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#origin.movedAt = performance.now();
    if (!this.#isOver) this.#request.onData(chunk);
  }

  onResponseEnd(): void {
    if (!this.#isOver) this.#request.onEnd();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (!this.#isOver) this.#request.onError(error, false);
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
