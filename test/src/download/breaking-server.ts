import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { createServer } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import { makeCertificate } from '@crates-mirror/sample-registry';
import type { Cleanup } from '../support/tools.ts';

/** A server's behavior on the next request. */
export interface Serving {
  readonly content: Buffer;
  /** Response fields in addition to those of length and range. */
  readonly headers?: Record<string, string>;
  /** The connection breaks, or stalls, after this many bytes from the start of the content. */
  readonly until?: number;
  readonly isSilentThen?: boolean;
  /** How Range is handled [correctly]. */
  readonly range?: 'ignored' | 'wrong' | 'refused';
}

export interface BreakingServer {
  readonly origin: string;
  readonly certificate: string;
  /** `Range` and `If-Range` of each request so far */
  readonly asked: (readonly [range: string | undefined, ifRange: string | undefined])[];
  /** bytes of bodies passed to the system */
  readonly sent: () => number;
}

interface Reply {
  writeHead(status: number, headers: Record<string, string | number>): unknown;
  write(data: Buffer, done: () => void): unknown;
  end(data?: Buffer): unknown;
}

/**
 * Serves one file, whatever the path, with bodies that break off.
 *
 * @param plan by the number of the request, from 1
 */
export async function startBreakingServer(
  t: Cleanup,
  protocol: 'h2' | 'https',
  plan: (request: number) => Serving,
): Promise<BreakingServer> {
  const certificate = await makeCertificate();
  const asked: [string | undefined, string | undefined][] = [];
  let sent = 0;
  /**
   * Below TLS, by the client's port. A connection breaks by ending our side, and is read until the
   * client closes it: with a reset, a client that reads slowly would lose some of the data sent.
   */
  const sockets = new Map<number | undefined, Socket>();
  const answer = (headers: IncomingMessage['headers'], { remotePort }: Socket, reply: Reply): void => {
    const ifRange = headers['if-range'];
    asked.push([headers.range, typeof ifRange === 'string' ? ifRange : undefined]);
    const serving = plan(asked.length);
    const { status, fields, body, from } = answerTo(headers, serving);
    const { until = Number.POSITIVE_INFINITY } = serving;
    reply.writeHead(status, { ...serving.headers, ...fields });
    if (from + body.length <= until) {
      sent += body.length;
      reply.end(body);
      return;
    }
    const part = body.subarray(0, until - from);
    sent += part.length;
    reply.write(part, () => {
      if (serving.isSilentThen !== true) sockets.get(remotePort)?.end();
    });
  };
  const server: Server =
    protocol === 'h2'
      ? createSecureServer(certificate, (request: Http2ServerRequest, response: Http2ServerResponse) =>
          answer(request.headers, request.stream.session?.socket as Socket, {
            writeHead: (status, headers) => response.writeHead(status, headers),
            write: (data, done) => response.write(data, done),
            end: (data) => response.end(data ?? ''),
          }),
        )
      : createServer(
          { cert: certificate.cert, key: certificate.key },
          (request: IncomingMessage, response: ServerResponse) =>
            answer(request.headers, request.socket, response),
        );
  server.on('connection', (socket) => {
    sockets.set(socket.remotePort, socket);
    socket.on('error', () => {});
  });
  server.on('sessionError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const socket of sockets.values()) socket.destroy();
  });
  const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, certificate: certificate.cert, asked, sent: () => sent };
}

function answerTo(
  headers: IncomingMessage['headers'],
  { content, headers: fields = {}, range: rangeMode }: Serving,
): { status: number; fields: Record<string, string | number>; body: Buffer; from: number } {
  const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
  const validator = fields['etag'] ?? fields['last-modified'];
  if (from === 0 || rangeMode === 'ignored' || headers['if-range'] !== validator)
    return { status: 200, fields: { 'content-length': content.length }, body: content, from: 0 };
  if (rangeMode === 'refused')
    return {
      status: 416,
      fields: { 'content-range': `bytes */${content.length}` },
      body: Buffer.alloc(0),
      from: 0,
    };
  const first = rangeMode === 'wrong' ? from - 1 : from;
  const body = content.subarray(first);
  const rangeField = `bytes ${first}-${content.length - 1}/${content.length}`;
  return {
    status: 206,
    fields: { 'content-length': body.length, 'content-range': rangeField },
    body,
    from: first,
  };
}
