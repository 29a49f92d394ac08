import { classifyStatus, parseRetryAfter } from '@crates-mirror/retry';
import type { Dispatcher } from 'undici';
import { classifyError } from './classify-error.ts';
import type { BodySink, GetFailure, GetOutcome } from './outcome.ts';
import { type Location, resolveRedirect } from './redirect.ts';

type Headers = Record<string, string | string[] | undefined>;

/** An error page longer than this is not worth reading to its end. */
const LONGEST_ERROR_BODY = 64 * 1024;

/** What a request needs of the client that sends it. */
export interface RequestOwner {
  send(request: GetRequest): void;
  settled(request: GetRequest): void;
}

/**
 * One GET from first byte to outcome, redirects included. A class with handler methods rather than closures per
 * request: this runs millions of times.
 */
export class GetRequest implements Dispatcher.DispatchHandler {
  /** ms on performance.now()'s clock when the attempt has to be over */
  readonly deadline: number;
  location: Location;
  readonly #owner: RequestOwner;
  readonly #sink: BodySink;
  readonly #done: (outcome: GetOutcome) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #settled = false;
  #status = 0;
  #received = 0;
  #expected: number | undefined;
  #retryAfterMs: number | undefined;
  #redirects = 0;
  #redirectTo: Location | undefined;

  constructor(
    owner: RequestOwner,
    location: Location,
    deadline: number,
    sink: BodySink,
    done: (outcome: GetOutcome) => void,
  ) {
    this.#owner = owner;
    this.location = location;
    this.deadline = deadline;
    this.#sink = sink;
    this.#done = done;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#settled) controller.abort(new Error('settled before it was sent'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (this.#settled || status < 200) return;
    this.#status = status;
    const length = single(headers['content-length']);
    this.#expected = length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined;
    if (status === 200) {
      try {
        this.#sink.begin(this.#expected);
      } catch (error) {
        this.#failInSink(error);
      }
    } else if (classifyStatus(status) === 'redirect') {
      this.#redirect(single(headers['location']));
    } else {
      this.#retryAfterMs = parseRetryAfter(single(headers['retry-after']));
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#settled) return;
    this.#received += chunk.length;
    if (this.#status === 200) {
      try {
        this.#sink.data(chunk);
      } catch (error) {
        this.#failInSink(error);
      }
    } else if (this.#received > LONGEST_ERROR_BODY) {
      // Comes back as onResponseError, which goes by the status.
      controller.abort(new Error('error body not read to its end'));
    }
  }

  onResponseEnd(): void {
    if (!this.#settled) this.#finish();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#settled) return;
    if (this.#status !== 0 && this.#status !== 200) {
      this.#finish();
      return;
    }
    const context = {
      received: this.#received,
      expected: this.#expected,
    };
    this.#settle(this.#failure({ ...classifyError(error, context), cause: error }));
  }

  /** Ends the attempt because its time is over. */
  expire(attemptTimeoutMs: number): void {
    this.cancel({
      kind: 'timeout',
      code: 'attempt_timeout',
      message: `not complete after ${attemptTimeoutMs} ms`,
    });
  }

  cancel(reason: Pick<GetFailure, 'kind' | 'code' | 'message'>): void {
    if (this.#settled) return;
    this.#settle(this.#failure({ ...reason, cause: undefined }));
    this.#controller?.abort(new Error(reason.message));
  }

  #finish(): void {
    if (this.#status === 200) {
      this.#settle({ ok: true, bytes: this.#received });
    } else if (this.#redirectTo !== undefined) {
      this.#follow(this.#redirectTo);
    } else {
      const message = `HTTP status ${this.#status}`;
      this.#settle(
        this.#failure({ kind: 'http_status', code: `http_${this.#status}`, message, cause: undefined }),
      );
    }
  }

  #redirect(header: string | undefined): void {
    const target = resolveRedirect(this.location, header, this.#redirects);
    if (typeof target === 'string')
      this.cancel({ kind: 'redirect', code: 'redirect_refused', message: target });
    else this.#redirectTo = target;
  }

  #follow(target: Location): void {
    this.#redirects += 1;
    this.location = target;
    this.#redirectTo = undefined;
    this.#controller = undefined;
    this.#status = 0;
    this.#received = 0;
    // undici's own state is not ready for another dispatch inside a handler's callback.
    setImmediate(() => this.#owner.send(this));
  }

  #failInSink(error: unknown): void {
    const message = 'the body could not be stored';
    this.#settle(this.#failure({ kind: 'sink', code: 'sink', message, cause: error }));
    this.#controller?.abort(new Error(message));
  }

  #failure(part: Pick<GetFailure, 'kind' | 'code' | 'message' | 'cause'>): GetFailure {
    return {
      ok: false,
      ...part,
      status: this.#status === 0 ? undefined : this.#status,
      retryAfterMs: this.#retryAfterMs,
      bytes: this.#received,
    };
  }

  #settle(outcome: GetOutcome): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#owner.settled(this);
    this.#done(outcome);
  }
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
