import {
  type DecodedHeaders,
  type Method,
  type OriginRequest,
  type Resume,
  SIZE,
  type Slotted,
  type Transport,
} from '@crates-mirror/h2-get';
import { classifyStatus, parseRetryAfter } from '@crates-mirror/retry';
import { AttemptClock } from './attempt-clock.ts';
import { classifyError } from './classify-error.ts';
import type { BodySink, GetFailure, GetOutcome } from './outcome.ts';
import { type Location, resolveRedirect } from './redirect.ts';
import { lost, type Reason, wrongLength } from './request-failure.ts';
import type { RequestOwner, TimeLimits } from './request-owner.ts';
import { asWhole, contentLength, isRestOf, strongValidator } from './resume.ts';

/** A longer error page is not read to its end. */
const MAX_ERROR_BODY = 64 * 1024;
/** How often the transport resends a request that the server reports as unprocessed. */
const MAX_REPLAYS = 1;
/** RFC 9110, 15.5.20 */
const MISDIRECTED = 421;
/** RFC 9110, 15 */
const STATUS = /^[1-9]\d\d$/;

/**
 * One GET, HEAD or size request from first byte to outcome, redirects included, independent of its
 * transport. A class with methods rather than closures per request: this runs millions of times.
 */
export class GetRequest implements OriginRequest, Slotted {
  location: Location;
  readonly method: Method;
  /** For a body whose beginning the sink has. */
  resume: Resume | undefined;
  slot = 0;
  readonly #owner: RequestOwner<GetRequest>;
  readonly #limits: TimeLimits;
  readonly #sink: BodySink;
  readonly #done: (outcome: GetOutcome) => void;
  #cancelTransport: (() => void) | undefined;
  #completed = false;
  #status = 0;
  /** Whether the response contains the file, or the rest of it. */
  #hasBody = false;
  #received = 0;
  #expected: number | undefined;
  #retryAfterMs: number | undefined;
  #contentType: string | undefined;
  #contentEncoding: string | undefined;
  #redirects = 0;
  #redirectTo: Location | undefined;
  #replays = 0;
  #wasMisdirected = false;
  readonly #clock: AttemptClock;

  constructor(
    owner: RequestOwner<GetRequest>,
    location: Location,
    method: Method,
    limits: TimeLimits,
    sink: BodySink,
    done: (outcome: GetOutcome) => void,
    resume?: Resume,
  ) {
    this.#owner = owner;
    this.location = location;
    this.method = method;
    this.#limits = limits;
    this.#clock = new AttemptClock(limits);
    this.#sink = sink;
    this.#done = done;
    this.resume = resume;
  }

  /** Whether it waits for a stream or a connection, and has not reached the server. */
  get isUnsent(): boolean {
    return this.#clock.isUnsent;
  }

  get path(): string {
    return this.location.path;
  }

  onQueued(cancel: () => void, origin: Transport): void {
    this.#clock.queued(origin);
    this.#carriedBy(cancel);
  }

  onSent(cancel: () => void, transport: Transport): void {
    this.#clock.sent(transport);
    this.#carriedBy(cancel);
  }

  onUnsupported(): void {
    this.#owner.sendOtherwise(this);
  }

  onHeaders(received: DecodedHeaders): void {
    if (this.#completed) return;
    const headers = this.method === SIZE ? asWhole(received) : received;
    this.#clock.moved();
    this.#owner.answered(performance.now() - this.#clock.sentAt);
    const status = headers[':status'] ?? '';
    if (!STATUS.test(status)) {
      this.cancel(lost('the answer has no valid status'));
      return;
    }
    this.#status = Number(status);
    this.#expected = contentLength(headers);
    if (this.#status === 200) {
      this.#begin(headers, (sink) => sink.begin(this.#expected, strongValidator(headers)));
    } else if (this.resume !== undefined && this.#status === 206 && isRestOf(headers, this.resume)) {
      this.#expected = this.resume.length - this.resume.from;
      this.#begin(headers, (sink) => sink.onRest?.());
    } else if (this.resume !== undefined && (this.#status === 206 || this.#status === 416)) {
      this.#startAnew();
    } else if (classifyStatus(this.#status) === 'redirect') {
      this.#redirect(headers['location']);
    } else {
      this.#retryAfterMs = parseRetryAfter(headers['retry-after']);
    }
  }

  #begin(headers: DecodedHeaders, begin: (sink: BodySink) => void): void {
    this.#hasBody = true;
    this.#contentType = headers['content-type'];
    this.#contentEncoding = headers['content-encoding'];
    try {
      begin(this.#sink);
    } catch (error) {
      this.#failInSink(error);
    }
  }

  onData(piece: Buffer): void {
    if (this.#completed) return;
    this.#clock.moved();
    this.#received += piece.length;
    this.#owner.received(piece.length);
    if (this.#hasBody && this.method === SIZE) {
      // A server that sends the whole body needs to be stopped.
      if (this.#received > 1) this.#cutShort();
    } else if (!this.#hasBody) {
      if (this.#received > MAX_ERROR_BODY) this.#cutShort();
    } else if (this.#expected !== undefined && this.#received > this.#expected) {
      this.cancel(wrongLength('overlong', this.#soFar));
    } else {
      try {
        this.#sink.data(piece);
      } catch (error) {
        this.#failInSink(error);
      }
    }
  }

  onEnd(): void {
    if (!this.#completed) this.#finish();
  }

  onError(error: Error, isUnprocessed: boolean): void {
    if (this.#completed) return;
    // Node.js's server resets a stream with a complete body instead of ending it, if its window was
    // full.
    if (this.#status !== 0 && (!this.#hasBody || this.#received === this.#expected)) {
      this.#finish();
    } else if (isUnprocessed && this.#replays < MAX_REPLAYS) {
      this.#replays += 1;
      this.#sendAgain();
    } else {
      this.#complete(this.#failure({ ...classifyError(error, this.#soFar), cause: error }));
    }
  }

  /**
   * Checks the time limits, after the transport has been checked.
   *
   * @param now ms on performance.now()'s clock; called periodically
   */
  checkTime(now: number): void {
    const over = this.#clock.check(now);
    if (over === 'attempt') {
      const message = `not complete after ${this.#limits.attemptMs} ms`;
      this.cancel({ kind: 'timeout', code: 'attempt_timeout', message });
    } else if (over === 'idle') {
      this.cancel({ kind: 'timeout', code: 'idle_timeout', message: 'no byte arrived in time' });
    }
  }

  cancel(reason: Reason): void {
    if (this.#completed) return;
    this.#complete(this.#failure({ ...reason, cause: undefined }));
    this.#cancelTransport?.();
  }

  #carriedBy(cancel: () => void): void {
    this.#cancelTransport = cancel;
    if (this.#completed) cancel();
  }

  #finish(): void {
    if (this.#status === 0) {
      this.#complete(this.#failure({ ...lost('the answer ended before it began'), cause: undefined }));
    } else if (this.#hasBody) {
      // The Content-Length of a response to HEAD is that of a GET (RFC 9110, 9.3.2).
      const expected = this.method === 'GET' ? this.#expected : undefined;
      if (expected === undefined || this.#received === expected)
        this.#complete({
          ok: true,
          bytes: this.#received,
          contentType: this.#contentType,
          contentEncoding: this.#contentEncoding,
        });
      else this.#complete(this.#failure({ ...wrongLength('truncated', this.#soFar), cause: undefined }));
    } else if (this.#redirectTo !== undefined) {
      this.#follow(this.#redirectTo);
    } else if (this.#status === MISDIRECTED && !this.#wasMisdirected) {
      this.#wasMisdirected = true;
      this.#sendAgain(() => this.#owner.sendApart(this));
    } else {
      const message = `HTTP status ${this.#status}`;
      this.#complete(
        this.#failure({ kind: 'http_status', code: `http_${this.#status}`, message, cause: undefined }),
      );
    }
  }

  /** Completes with the data received; the rest is not needed. */
  #cutShort(): void {
    const cancel = this.#cancelTransport;
    this.#cancelTransport = undefined;
    this.#finish();
    cancel?.();
  }

  #redirect(header: string | undefined): void {
    const target = resolveRedirect(this.location, header, this.#redirects);
    if (typeof target === 'string')
      this.cancel({ kind: 'redirect', code: 'redirect_refused', message: target });
    else this.#redirectTo = target;
  }

  /** The received data is useless: the file has changed, or the server returned another range. */
  #startAnew(): void {
    const cancel = this.#cancelTransport;
    this.resume = undefined;
    this.#sendAgain();
    cancel?.();
  }

  #follow(target: Location): void {
    this.#redirects += 1;
    this.location = target;
    this.#sendAgain();
  }

  #sendAgain(send: () => void = () => this.#owner.send(this)): void {
    this.#redirectTo = undefined;
    this.#cancelTransport = undefined;
    this.#clock.leave();
    this.#status = 0;
    this.#hasBody = false;
    this.#received = 0;
    this.#retryAfterMs = undefined;
    // Inside a handler's callback, a transport's state is not ready for another request.
    setImmediate(() => {
      if (!this.#completed) send();
    });
  }

  #failInSink(error: unknown): void {
    const message = 'the body could not be stored';
    this.#complete(this.#failure({ kind: 'sink', code: 'sink', message, cause: error }));
    this.#cancelTransport?.();
  }

  get #soFar(): { received: number; expected: number | undefined } {
    return { received: this.#received, expected: this.#expected };
  }

  #failure(part: Reason & Pick<GetFailure, 'cause'>): GetFailure {
    return {
      ok: false,
      ...part,
      status: this.#status === 0 ? undefined : this.#status,
      retryAfterMs: this.#retryAfterMs,
      bytes: this.#received,
      hasAnswered: this.#status !== 0 || this.#redirects > 0,
    };
  }

  #complete(outcome: GetOutcome): void {
    if (this.#completed) return;
    this.#completed = true;
    this.#owner.completed(this, outcome);
    this.#done(outcome);
  }
}
