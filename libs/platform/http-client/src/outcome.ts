import type { FailureKind } from '@crates-mirror/retry';

/** A 200 whose whole body was passed to the sink, or a 206 that completed it. */
export interface GetSuccess {
  readonly ok: true;
  /** body bytes received */
  readonly bytes: number;
  /** Response headers, if sent. The body is passed on unchanged, whatever they say. */
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
}

export interface GetFailure {
  readonly ok: false;
  /**
   * `sink` when the receiver of the body threw; `cause` is the error thrown. `withdrawn` for an
   * unsent request whose response is not needed any more.
   */
  readonly kind: FailureKind | 'sink' | 'withdrawn';
  /** Stable, snake_case or Node's code (`ECONNREFUSED`). */
  readonly code: string;
  readonly message: string;
  /** The final HTTP status, if received. */
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  /** body bytes received before it failed */
  readonly bytes: number;
  /** Whether any server has responded, even with a redirect to a server that did not. */
  readonly hasAnswered: boolean;
  readonly cause: unknown;
}

export type GetOutcome = GetSuccess | GetFailure;

/**
 * Receives the body of a 200, or the rest of one. An error it throws ends the request with kind
 * `sink`.
 */
export interface BodySink {
  /**
   * Called before any data of a whole body: data received before is invalid.
   *
   * @param length from Content-Length, in bytes
   * @param validator strong, for requesting the rest if the body breaks off; undefined if there is
   *   none
   */
  begin(length: number | undefined, validator?: string): void;
  /** Called instead if the following data is the requested rest. */
  onRest?(): void;
  /** The chunk is valid only within the call; the receiver copies it to keep it. */
  data(chunk: Buffer): void;
}
