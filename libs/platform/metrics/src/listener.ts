import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { errorMessage } from '@crates-mirror/errors';
import { type ListenAddress, type Listening, listen } from '@crates-mirror/http-server';
import { isFromElsewhere, knownHosts } from './callers.ts';

/** A request as a handler sees it. */
export interface ListenerRequest {
  readonly query: URLSearchParams;
  /** Whether only the headers are needed, so that expensive work can be skipped. */
  readonly isHead: boolean;
  /** Aborted when the client has disconnected, or the listener closes. */
  readonly signal: AbortSignal;
}

/** A complete response. */
export interface Reply {
  /** HTTP status [200] */
  readonly status?: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Returns a complete reply, or takes over the response and returns undefined. */
export type Handler = (
  request: ListenerRequest,
  response: ServerResponse,
) => Reply | undefined | Promise<Reply | undefined>;

export interface ListenerOptions {
  readonly address: ListenAddress;
  /** Named in errors: `--listen` */
  readonly option: string;
  /** By path. */
  readonly routes: ReadonlyMap<string, Handler>;
}

export interface Listener {
  /** `127.0.0.1:9090`, as in a URL */
  readonly authority: string;
  close(): Promise<void>;
}

/** Responses are small, and clients few. */
const LIMITS = {
  maxHeaderSize: 8 << 10,
  headersTimeout: 10_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000,
};
const MAX_CONNECTIONS = 100;
/** Per connection; then the client opens another. */
const MAX_REQUESTS = 20;
const PATIENCE_MS = 1000;

const ALWAYS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

/**
 * Serves metrics, status and profiles for operators. GET and HEAD only.
 *
 * @throws UsageError when it cannot listen there
 */
export async function openListener({ address, option, routes }: ListenerOptions): Promise<Listener> {
  const closing = new AbortController();
  const isKnownHost = knownHosts(address);
  const server = createServer(LIMITS, (request, response) => {
    void respond({ routes, isKnownHost, closing: closing.signal }, request, response);
  });
  server.maxConnections = MAX_CONNECTIONS;
  // A client that sends requests without reading the responses must not fill the memory.
  server.maxRequestsPerSocket = MAX_REQUESTS;
  server.on('dropRequest', (_request, socket) => socket.destroy());
  const listening: Listening = await listen(server, address, option);
  return {
    authority: listening.authority,
    async close() {
      closing.abort();
      await listening.close(PATIENCE_MS);
    },
  };
}

interface Served {
  readonly routes: ReadonlyMap<string, Handler>;
  readonly isKnownHost: (host: string | undefined) => boolean;
  readonly closing: AbortSignal;
}

async function respond(served: Served, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  try {
    const reply = await replyTo(served, request, response, AbortSignal.any([gone.signal, served.closing]));
    if (reply !== undefined) send(request, response, reply);
  } catch (error) {
    if (response.headersSent) response.destroy();
    else send(request, response, textReply(500, errorMessage(error)));
  }
}

function replyTo(
  { routes, isKnownHost }: Served,
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): ReturnType<Handler> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const reply = textReply(405, 'only GET and HEAD');
    return { ...reply, headers: { ...reply.headers, Allow: 'GET, HEAD', Connection: 'close' } };
  }
  if (!isKnownHost(request.headers.host)) return textReply(421, 'this host is not known here');
  if (isFromElsewhere(request)) return textReply(403, 'not for pages of other sites');
  const [path, query] = splitTarget(request.url ?? '/');
  const handler = routes.get(path);
  if (handler === undefined) return textReply(404, `nothing here; there is ${[...routes.keys()].join(' ')}`);
  return handler({ query: new URLSearchParams(query), isHead: request.method === 'HEAD', signal }, response);
}

function splitTarget(target: string): [string, string] {
  const mark = target.indexOf('?');
  return mark === -1 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)];
}

/** A line of plain text. */
export function textReply(status: number, text: string): Reply {
  return { status, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: `${text}\n` };
}

/** A value as one line of JSON. */
export function jsonReply(value: unknown): Reply {
  return { headers: { 'Content-Type': 'application/json' }, body: `${JSON.stringify(value)}\n` };
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status = 200, headers, body }: Reply,
): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const isHead = request.method === 'HEAD';
  const length = isHead ? {} : { 'Content-Length': bytes.byteLength };
  response.writeHead(status, { ...ALWAYS, ...headers, ...length });
  response.end(isHead ? undefined : bytes);
}
