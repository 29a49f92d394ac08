import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import { createSecureServer, type Http2Session } from 'node:http2';
import type { Server } from 'node:net';
import { createSecureContext } from 'node:tls';
import { readGivenFile } from '@crates-mirror/cli/given-file';
import { errorMessage, UsageError } from '@crates-mirror/errors';
import type { Reply, Request } from '@crates-mirror/http-content';
import { MAX_HEADER_BYTES } from './refusal.ts';

/**
 * Request headers are a line or two, so a client that takes longer is not making a normal request.
 */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 20_000;
const HANDSHAKE_TIMEOUT_MS = 10_000;
const CHECK_EVERY_MS = 2000;
const MAX_STREAMS = 128;
/**
 * MB. Data queued for clients counts against this limit, and once it is reached, node:http2 resets
 * each new stream. It leaves room for one piece of every body, and the next one. Node's default of
 * 10 MB is less than what queues up for a slow client that requests many crate files.
 */
const MAX_WAITING_MB = 64;

export interface ServerLimits {
  /** ms without traffic in either direction before a connection is closed */
  readonly idleTimeout: number;
}

export interface Tls {
  /** PEM */
  readonly cert: Buffer;
  /** PEM */
  readonly key: Buffer;
}

export interface MirrorHttpServer {
  readonly server: Server;
  /** Asks HTTP/2 clients to disconnect. */
  drain(): void;
  /** Uses another certificate from now on. */
  renew(tls: Tls): void;
}

export type Listener = (request: Request, reply: Reply) => void;

/**
 * Creates an HTTP/1.1 server, or with a certificate, one for HTTP/2 and HTTP/1.1 over TLS.
 * Everything that a client could draw out has a limit.
 */
export function createServer(
  listener: Listener,
  limits: ServerLimits,
  tls: Tls | undefined,
): MirrorHttpServer {
  const times = { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS };
  const common = { maxHeaderSize: MAX_HEADER_BYTES, connectionsCheckingInterval: CHECK_EVERY_MS };
  if (tls === undefined) {
    const server = createHttpServer({ ...common, ...times, noDelay: true }, listener);
    Object.assign(server, { keepAliveTimeout: limits.idleTimeout, timeout: limits.idleTimeout });
    return { server, drain: () => {}, renew: () => {} };
  }
  const server = createSecureServer(
    {
      ...common,
      ...tls,
      allowHTTP1: true,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      maxSessionMemory: MAX_WAITING_MB,
      settings: { maxConcurrentStreams: MAX_STREAMS },
    },
    listener,
  );
  // Node reads the HTTP/1.1 limits from the server object itself (lib/internal/http2/core.js).
  Object.assign(server, { ...times, keepAliveTimeout: limits.idleTimeout });
  server.setTimeout(limits.idleTimeout);
  const sessions = new Set<Http2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.on('error', () => {});
  });
  return {
    server,
    drain: () => {
      for (const session of sessions) session.close();
    },
    renew: (next) => server.setSecureContext(next),
  };
}

/** @throws UsageError if the files cannot be read, or certificate and key do not match */
export function readTls({ certFile, keyFile }: { readonly certFile: string; readonly keyFile: string }): Tls {
  const cert = readGivenFile('--tls-cert', certFile);
  const key = readGivenFile('--tls-key', keyFile);
  try {
    checkPair({ cert, key });
  } catch (error) {
    throw new UsageError(`--tls-cert and --tls-key: ${errorMessage(error)}`, {
      hint: `Check that ${certFile} and ${keyFile} are PEM files that belong together`,
    });
  }
  return { cert, key };
}

/**
 * OpenSSL only compares keys of the same kind: it accepts an RSA certificate with an EC key, and
 * then every handshake fails.
 */
function checkPair({ cert, key }: Tls): void {
  createSecureContext({ cert, key });
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)))
    throw new Error('the key is not that of the certificate');
}
