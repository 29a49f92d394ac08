/** The server broke the protocol: its connection cannot go on (RFC 9113, 5.4.1). */
export class ConnectionError extends Error {
  /** RFC 9113, 7 */
  readonly errorCode: number;
  /** For classifying, as node:http2 names such errors. */
  readonly code = 'ERR_HTTP2_SESSION_ERROR';

  constructor(errorCode: number, message: string) {
    super(message);
    this.errorCode = errorCode;
  }
}
