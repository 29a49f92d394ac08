import type { FailureKind } from '@crates-mirror/retry';

/** A 200 whose whole body went to the sink, or a 206 that brought its rest. */
export interface GetSuccess {
  readonly ok: true;
  /** body bytes received */
  readonly bytes: number;
  /** Headers as the server sent them, where it did. The body is handed on as it came, whatever they say. */
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
}

export interface GetFailure {
  readonly ok: false;
  /**
   * `sink` when the receiver of the body threw; `cause` is what it threw then. `withdrawn` of a request that was not sent, as
   * nobody wants its answer any more.
   */
  readonly kind: FailureKind | 'sink' | 'withdrawn';
  /** Stable, snake_case or Node's own (`ECONNREFUSED`). */
  readonly code: string;
  readonly message: string;
  /** The final HTTP status, where one was received. */
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  /** body bytes received before it failed */
  readonly bytes: number;
  /** Whether somebody has answered at all, be it with a redirect to somebody who did not. */
  readonly hasAnswered: boolean;
  readonly cause: unknown;
}

export type GetOutcome = GetSuccess | GetFailure;

/** Receives the body of a 200, or the rest of one. What it throws ends the request with kind `sink`. */
export interface BodySink {
  /**
   * Called before any data of a whole body: what was received before is of no use.
   *
   * @param length from Content-Length, in bytes
   * @param validator strong, for asking for the rest if the body breaks off; undefined where there is none
   */
  begin(length: number | undefined, validator?: string): void;
  /** Called instead where the data that come next are the rest that was asked for. */
  onRest?(): void;
  /** The chunk is valid within the call only: who wants to keep it copies it. */
  data(chunk: Buffer): void;
}
