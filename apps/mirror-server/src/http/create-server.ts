import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createSecureServer, type Http2Session } from 'node:http2';
import type { Server } from 'node:net';
import { createSecureContext } from 'node:tls';
import { errorMessage, UsageError, unreadable } from '@crates-mirror/errors';
import type { Reply, Request } from '@crates-mirror/http-content';
import { MAX_HEADER_BYTES } from './refusal.ts';

/** A request is a line or two: who takes longer for it wants something else. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 20_000;
const HANDSHAKE_TIMEOUT_MS = 10_000;
const CHECK_EVERY_MS = 2000;
const MAX_STREAMS = 128;
/**
 * MB. What waits for a client counts against it, and beyond it node:http2 resets each stream that comes: room for a piece of
 * every body, and the next one. The 10 MB that are usual are less than a slow client lets wait that asks for many crate files.
 */
const MAX_WAITING_MB = 64;

export interface ServerLimits {
  /** ms without a byte in either direction, after which a connection ends */
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
  /** Tells HTTP/2 clients to go. */
  drain(): void;
  /** Another certificate from now on. */
  renew(tls: Tls): void;
}

export type Listener = (request: Request, reply: Reply) => void;

/** HTTP/1.1, or with a certificate HTTP/2 and HTTP/1.1 over TLS, with limits on everything a client could draw out. */
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
  // What of these concerns HTTP/1.1 is read from the server itself (lib/internal/http2/core.js).
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

/** @throws UsageError when they cannot be read, or do not belong together */
export function readTls({ certFile, keyFile }: { readonly certFile: string; readonly keyFile: string }): Tls {
  const cert = readOption('--tls-cert', certFile);
  const key = readOption('--tls-key', keyFile);
  try {
    checkPair({ cert, key });
  } catch (error) {
    throw new UsageError(`--tls-cert and --tls-key: ${errorMessage(error)}`, {
      hint: `Check that ${certFile} and ${keyFile} are PEM files that belong together`,
    });
  }
  return { cert, key };
}

/** OpenSSL itself compares keys of one kind only: an RSA certificate with an EC key passes, and then no handshake does. */
function checkPair({ cert, key }: Tls): void {
  createSecureContext({ cert, key });
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)))
    throw new Error('the key is not that of the certificate');
}

function readOption(option: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw unreadable(option, path, error);
  }
}
