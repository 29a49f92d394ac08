/** Callbacks from a connection to its origin. */
export interface ConnectionEvents {
  /** There may be room for more requests. */
  readonly onRoom: () => void;
  /** A round trip to the server has been measured. @param ms its duration */
  readonly onRoundTrip: (ms: number) => void;
  /** The connection accepts no more requests. */
  readonly onClosed: () => void;
  /** The server requires HTTP/1.1 (RFC 9113, 7: HTTP_1_1_REQUIRED). */
  readonly onUnsupported: () => void;
}
