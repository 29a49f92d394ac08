import { errorCode, errorMessage } from '@crates-mirror/errors';
import { FIRST_BYTE, rangeOf, SIZE } from '@crates-mirror/h2-get';
import type { Dispatcher } from 'undici';
import type { GetRequest } from './get-request.ts';

/**
 * One origin's connections as undici makes them, and the requests that they carry or that wait for
 * them.
 */
export interface OriginPool {
  /** Whether it is closed, and must be replaced. */
  readonly isClosed: boolean;
  /** @param headers sent with every request */
  dispatch(request: GetRequest, headers: Readonly<Record<string, string>>): void;
  /**
   * Closes idle connections, so that others may be opened.
   *
   * @param most how many
   * @returns about how many were closed
   */
  closeIdle(most: number): number;
  /** Accepts no more requests, and closes its connections after the pending ones have ended. */
  close(): Promise<void>;
  destroy(): Promise<void>;
}

/** undici's options for a request. @param common headers sent with every request */
export function dispatchOptions(
  request: GetRequest,
  common: Readonly<Record<string, string>>,
): Dispatcher.DispatchOptions {
  const { origin, path } = request.location;
  const method = request.method === SIZE ? 'GET' : request.method;
  return { origin, path, method, headers: { ...common, ...rangeHeaders(request) } };
}

function rangeHeaders({ method, resume }: GetRequest): Readonly<Record<string, string>> {
  if (method === SIZE) return { range: FIRST_BYTE };
  return resume === undefined ? {} : { range: rangeOf(resume), 'if-range': resume.validator };
}

/** undici has rejected an invalid request. */
export function refused(request: GetRequest, error: unknown): void {
  setImmediate(() =>
    request.cancel({ kind: 'request', code: errorCode(error), message: errorMessage(error) }),
  );
}
