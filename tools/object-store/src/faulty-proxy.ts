import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Cleanup } from './swift.ts';

/**
 * The proxy's action on a request: passes it on, answers with an S3 error, or cuts the connection
 * after part of the body, of the request (`cut`) or of the response (`half`).
 */
export type Fault = 'pass' | 'cut' | 'half' | { readonly status: number; readonly word: string };

export interface FaultyProxy {
  readonly endpoint: string;
  /** `PUT /bucket/key` of all requests, without queries, in order of arrival. */
  readonly seen: string[];
  /** Selects the action for each request. */
  fault: (request: string, query: URLSearchParams) => Fault;
}

/**
 * Starts a proxy in front of an object store, which passes everything on until a test injects a
 * fault.
 */
export async function startFaultyProxy(t: Cleanup, endpoint: string): Promise<FaultyProxy> {
  const server = createServer((incoming, reply) => {
    const { pathname, searchParams } = new URL(incoming.url ?? '/', endpoint);
    const line = `${incoming.method} ${pathname}`;
    proxy.seen.push(line);
    const fault = proxy.fault(line, searchParams);
    if (fault === 'pass' || fault === 'half') pass(endpoint, incoming, reply, fault === 'half');
    else if (fault === 'cut') cut(incoming);
    else refuse(incoming, reply, fault);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  const proxy: FaultyProxy = { endpoint: `http://127.0.0.1:${port}`, seen: [], fault: () => 'pass' };
  return proxy;
}

function pass(endpoint: string, incoming: IncomingMessage, reply: ServerResponse, isHalved: boolean): void {
  const { method, url, headers } = incoming;
  // The host is signed, so it stays as the client sent it.
  const onward = request(new URL(url ?? '/', endpoint), { method, headers }, (answer) => {
    reply.writeHead(answer.statusCode ?? 502, answer.headers);
    if (method === 'HEAD') reply.end();
    else if (isHalved) sendHalf(answer, reply);
    else answer.pipe(reply);
  });
  // Swift ends the non-existent body of a response to HEAD, which is an error after the response.
  onward.on('error', () => reply.writableEnded || reply.destroy());
  incoming.pipe(onward);
}

function sendHalf(answer: IncomingMessage, reply: ServerResponse): void {
  answer.once('data', (piece: Buffer) => {
    answer.destroy();
    reply.write(piece.subarray(0, piece.length / 2), () => reply.destroy());
  });
}

function cut(incoming: IncomingMessage): void {
  const destroy = (): unknown => incoming.socket.destroy();
  incoming.once('data', destroy).once('end', destroy);
}

function refuse(
  incoming: IncomingMessage,
  reply: ServerResponse,
  { status, word }: Exclude<Fault, string>,
): void {
  incoming.resume();
  const body = `<?xml version="1.0"?><Error><Code>${word}</Code></Error>`;
  incoming.once('end', () => reply.writeHead(status, { 'content-type': 'application/xml' }).end(body));
}
