import { errorCode, errorMessage } from '@crates-mirror/errors';
import { ErrorCode } from '@crates-mirror/h2-get';
import type { FailureKind } from '@crates-mirror/retry';

const CONNECT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'connect_timeout',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_PRX_CONN',
  'proxy_unreachable',
  'proxy_refused',
]);
const TIMEOUT: ReadonlySet<string> = new Set(['ETIMEDOUT', 'idle_timeout']);
const OURS_TO_FIX: ReadonlySet<string> = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED']);
// OpenSSL's verification results (X509_V_ERR_*) as Node names them, and Node's own TLS errors.
const TLS =
  /^(ERR_TLS_|ERR_SSL_|CERT_|CRL_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|UNABLE_TO_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH|ERROR_IN_CERT|EPROTO$)/;

export interface ErrorContext {
  /** body bytes received */
  readonly received: number;
  /** Content-Length, if any */
  readonly expected: number | undefined;
}

export interface ClassifiedError {
  readonly kind: FailureKind;
  readonly code: string;
  readonly message: string;
}

/**
 * Classifies an error of undici, node:http2, node:tls or node:net by its meaning for the attempt it
 * ended.
 */
export function classifyError(error: unknown, context: ErrorContext): ClassifiedError {
  const code = errorCode(error);
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return lengthMismatch(error, context);
  const kind = kindOf(code);
  const message = errorMessage(error);
  if (code === 'connect_timeout' || code === 'UND_ERR_CONNECT_TIMEOUT')
    return { kind, code: 'connect_timeout', message: 'no connection in time' };
  if (kind === 'timeout') return { kind, code: 'idle_timeout', message: 'no byte arrived in time' };
  if (kind === 'connection_lost') {
    const detail = code === 'unknown' || code === 'ERR_HTTP2_SESSION_ERROR' ? '' : ` (${code})`;
    return { kind, code: 'connection_lost', message: `connection lost: ${message}${detail}` };
  }
  return { kind, code, message: kind === 'tls' ? withoutNodeAdvice(message) : message };
}

/** Node.js recommends a flag of its own, which users of the tools cannot pass. */
function withoutNodeAdvice(message: string): string {
  return message.replace(/; if the root CA is installed locally.*$/, '');
}

function kindOf(code: string): FailureKind {
  if (CONNECT.has(code)) return 'connect';
  if (TLS.test(code)) return 'tls';
  if (TIMEOUT.has(code)) return 'timeout';
  if (OURS_TO_FIX.has(code)) return 'request';
  return 'connection_lost';
}

/**
 * undici reports every HTTP/2 stream that ended short of its Content-Length in the same way. Only
 * if nghttp2 found the body itself malformed (RFC 9113, 8.1.1) does the stream carry
 * PROTOCOL_ERROR; otherwise its connection broke.
 */
function lengthMismatch(error: unknown, { received, expected }: ErrorContext): ClassifiedError {
  const { http2ErrorCode } = error as { http2ErrorCode?: number };
  const soFar = `${received} of ${expected} bytes received`;
  if (http2ErrorCode !== ErrorCode.protocolError) {
    return { kind: 'connection_lost', code: 'connection_lost', message: `connection lost, ${soFar}` };
  }
  return expected !== undefined && received < expected
    ? { kind: 'truncated', code: 'truncated', message: `body shorter than its Content-Length, ${soFar}` }
    : { kind: 'overlong', code: 'overlong', message: `body longer than its Content-Length, ${soFar}` };
}
