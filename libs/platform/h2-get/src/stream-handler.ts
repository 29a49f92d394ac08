import type { DecodedHeaders } from './hpack-decoder.ts';

/** Receives the response to one request. */
export interface StreamHandler {
  /** @param headers those that were wanted, `:status` among them */
  onHeaders(headers: DecodedHeaders): void;
  /** The piece is valid within the call only. */
  onData(piece: Buffer): void;
  onEnd(): void;
  /** @param isUnprocessed the server says that it did nothing with the request (RFC 9113, 8.7) */
  onError(error: Error, isUnprocessed: boolean): void;
}
