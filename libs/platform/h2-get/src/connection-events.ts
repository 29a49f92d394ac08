/** What a connection tells the origin that it leads to. */
export interface ConnectionEvents {
  /** There may be room for more requests. */
  readonly onRoom: () => void;
  /** No more requests go here. */
  readonly onClosed: () => void;
  /** The server wants HTTP/1.1 instead (RFC 9113, 7: HTTP_1_1_REQUIRED). */
  readonly onUnsupported: () => void;
}
