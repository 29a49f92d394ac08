import { createServer } from 'node:http';
import { createServer as createH2cServer, createSecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { RegistryOptions, ServerReply, ServerRequest } from './registry-options.ts';
import { startRelay } from './relay.ts';
import { respond } from './respond.ts';

export interface RunningRegistry {
  /** `https://127.0.0.1:PORT` */
  readonly origin: string;
  readonly port: number;
  /** Requests received so far. */
  readonly requests: number;
  /** Connections accepted so far. */
  readonly connections: number;
  /** Stops listening and cuts all connections. */
  close(): Promise<void>;
}

/** An alert record: fatal, internal_error (RFC 8446, section 6). */
const TLS_ALERT = Buffer.from([21, 3, 3, 0, 2, 2, 80]);

/** Starts an upstream server on 127.0.0.1. */
export async function startRegistry(options: RegistryOptions): Promise<RunningRegistry> {
  const attempts = new Map<string, number>();
  const counts = { requests: 0, connections: 0 };
  const server = createFor(options, (request, reply) => {
    counts.requests += 1;
    options.onRequest?.(request);
    const path = request.url ?? '/';
    const attempt = (attempts.get(path) ?? 0) + 1;
    if (options.faults !== undefined) attempts.set(path, attempt);
    const garble = () => relay?.inject(request.socket.remotePort, TLS_ALERT);
    respond(request, reply, { ...options, garble }, options.faults?.(path, attempt));
  });
  /** With TLS these are the underlying sockets. */
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    counts.connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.sendsAlerts === true ? 0 : (options.port ?? 0), '127.0.0.1', resolve);
  });
  const own = (server.address() as AddressInfo).port;
  const relay = options.sendsAlerts === true ? await startRelay(own, options.port ?? 0) : undefined;
  const port = relay?.port ?? own;
  const scheme = options.protocol === 'h2' || options.protocol === 'https' ? 'https' : 'http';
  return {
    origin: `${scheme}://127.0.0.1:${port}`,
    port,
    get requests() {
      return counts.requests;
    },
    get connections() {
      return counts.connections;
    },
    close: async () => {
      await relay?.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      });
    },
  };
}

function createFor(
  options: RegistryOptions,
  listener: (request: ServerRequest, reply: ServerReply) => void,
): Server {
  const tls = { cert: options.certificate?.cert, key: options.certificate?.key };
  switch (options.protocol) {
    case 'h2':
      return limitSessions(
        createSecureServer({ ...tls, allowHTTP1: true, ...H2_SETTINGS }, listener),
        options,
      );
    case 'h2c':
      return limitSessions(createH2cServer(H2_SETTINGS, listener), options);
    case 'https':
      return createHttpsServer(tls, listener);
    case 'http':
      return createServer(listener);
  }
}

/**
 * By default, Node.js closes a session with more than 10 MB in large bodies, and one that resets a
 * thousand streams quickly, which curl does at the end of each.
 */
const H2_SETTINGS = {
  settings: { maxConcurrentStreams: 128 },
  maxSessionMemory: 1000,
  streamResetBurst: 1_000_000,
  streamResetRate: 1_000_000,
};

function limitSessions<S extends Server>(server: S, { goawayEvery = 0 }: RegistryOptions): S {
  if (goawayEvery === 0) return server;
  server.on('session', (session: import('node:http2').ServerHttp2Session) => {
    let streams = 0;
    session.on('stream', () => {
      streams += 1;
      if (streams === goawayEvery) session.goaway();
    });
  });
  return server;
}
