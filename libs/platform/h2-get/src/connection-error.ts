/** The server violated the protocol: the connection must be closed (RFC 9113, 5.4.1). */
export class ConnectionError extends Error {
  /** RFC 9113, 7 */
  readonly errorCode: number;
  /** Used for classification; the same code as in node:http2. */
  readonly code = 'ERR_HTTP2_SESSION_ERROR';

  constructor(errorCode: number, message: string) {
    super(message);
    this.errorCode = errorCode;
  }
}
