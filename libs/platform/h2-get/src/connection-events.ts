/** Callbacks from a connection to its origin. */
export interface ConnectionEvents {
  /** There may be room for more requests. */
  readonly onRoom: () => void;
  /** The connection accepts no more requests. */
  readonly onClosed: () => void;
  /** The server requires HTTP/1.1 (RFC 9113, 7: HTTP_1_1_REQUIRED). */
  readonly onUnsupported: () => void;
}
