import type { DecodedHeaders } from './hpack-decoder.ts';

/** Receives the response to one request. */
export interface StreamHandler {
  /** @param headers the wanted ones, including `:status` */
  onHeaders(headers: DecodedHeaders): void;
  /** The piece is valid only within the call. */
  onData(piece: Buffer): void;
  onEnd(): void;
  /**
   * @param isUnprocessed whether the server reports that it has not processed the request (RFC
   *   9113, 8.7)
   */
  onError(error: Error, isUnprocessed: boolean): void;
}
