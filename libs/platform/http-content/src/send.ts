import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { constants, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { Readable } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { Coding } from './coding.ts';
import { checkPreconditions, isRangeCurrent, type Validators } from './preconditions.ts';
import { type ByteRange, parseRange } from './range.ts';

/** HTTP/1.1 or HTTP/2. */
export type Request = IncomingMessage | Http2ServerRequest;
export type Reply = ServerResponse | Http2ServerResponse;

/** The content of a URL: a buffer, or a source that streams any range. */
export type Body = Buffer | StreamedBody;

export interface StreamedBody {
  /** bytes */
  readonly size: number;
  /** The bytes from `start` to `end`, both included. On failure the connection is cut. */
  read(range: ByteRange): AsyncIterable<Buffer>;
  /** Called once, after the last read. */
  close(): void;
}

export interface Resource extends Validators {
  readonly type: string;
  readonly cacheControl: string;
  readonly body: Body;
  /** Compression of the body, if negotiated. */
  readonly coding?: Coding;
  /** Further headers. */
  readonly headers?: OutgoingHttpHeaders;
}

/**
 * Body bytes passed to an encrypted connection at a time. It encrypts everything it gets, up to the
 * client's window, so each stream of a client that reads nothing would hold a copy of the whole
 * body.
 */
const MAX_AT_ONCE = 128 << 10;

/**
 * Answers a GET or HEAD, with conditional requests and ranges (RFC 9110).
 *
 * @returns bytes of the body that are sent
 */
export function send(request: Request, reply: Reply, resource: Resource): number {
  const { body } = resource;
  const sent = answer(request, reply, resource);
  if (sent === undefined) {
    if (!Buffer.isBuffer(body)) body.close();
    return 0;
  }
  const size = sent.end - sent.start + 1;
  if (!Buffer.isBuffer(body)) stream(reply, body, sent);
  else if (size > MAX_AT_ONCE && isEncrypted(reply)) stream(reply, inPieces(body), sent);
  else end(reply, size === body.length ? body : body.subarray(sent.start, sent.end + 1));
  return size;
}

/**
 * Writes the head.
 *
 * @returns the range of the body to send; undefined if the response is complete
 */
function answer(request: Request, reply: Reply, resource: Resource): ByteRange | undefined {
  const { body, type, cacheControl, etag, lastModified } = resource;
  const size = Buffer.isBuffer(body) ? body.length : body.size;
  const always = {
    'cache-control': cacheControl,
    etag,
    ...(lastModified === undefined ? {} : { 'last-modified': httpDate(notAfterNow(lastModified)) }),
    ...(resource.coding === undefined ? {} : { vary: 'accept-encoding' }),
    ...resource.headers,
  };
  const verdict = checkPreconditions(request.headers, resource);
  if (verdict === 'not-modified') return finish(reply, 304, always);
  if (verdict === 'failed') return finish(reply, 412, { 'content-length': 0 });
  const { range: asked } = request.headers;
  const range =
    asked !== undefined && request.method === 'GET' && isRangeCurrent(request.headers, resource)
      ? parseRange(asked, size)
      : undefined;
  if (range === 'unsatisfiable')
    return finish(reply, 416, { 'content-range': `bytes */${size}`, 'content-length': 0 });
  const part = range ?? { start: 0, end: size - 1 };
  const headers: OutgoingHttpHeaders = {
    ...always,
    'content-type': type,
    'content-length': part.end - part.start + 1,
    'accept-ranges': 'bytes',
    'x-content-type-options': 'nosniff',
  };
  if (resource.coding !== undefined && resource.coding !== 'identity')
    headers['content-encoding'] = resource.coding;
  if (range !== undefined) headers['content-range'] = `bytes ${part.start}-${part.end}/${size}`;
  if (request.method === 'HEAD') return finish(reply, 200, headers);
  head(reply, range === undefined ? 200 : 206, headers);
  return part;
}

/** A short response that must not be cached. */
export function sendText(
  request: Request,
  reply: Reply,
  status: number,
  text: string,
  headers: OutgoingHttpHeaders = {},
): void {
  const body = Buffer.from(`${text}\n`);
  head(reply, status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': body.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  if (request.method === 'HEAD') end(reply);
  else end(reply, body);
}

function finish(reply: Reply, status: number, headers: OutgoingHttpHeaders): undefined {
  head(reply, status, headers);
  end(reply);
}

/** Whether the client has disconnected: no further event will report the end of the response. */
export function isGone(reply: Reply): boolean {
  return 'stream' in reply ? reply.stream === undefined || reply.stream.destroyed : reply.destroyed;
}

/** Cuts a response short, so that it is not mistaken for a complete one. */
export function cutOff(reply: Reply): void {
  if ('stream' in reply) reply.stream?.close(constants.NGHTTP2_INTERNAL_ERROR);
  else reply.destroy();
}

function stream(reply: Reply, body: StreamedBody, range: ByteRange): void {
  if (isGone(reply)) {
    body.close();
    return;
  }
  const source = Readable.from(body.read(range), { objectMode: false });
  const close = (): void => {
    source.destroy();
    body.close();
  };
  // A body that ends early must be recognizable: by its Content-Length, or by the reset of its
  // stream.
  source.once('error', () => cutOff(reply));
  reply.once('close', close);
  source.pipe(reply as ServerResponse);
}

/** HTTP/2 is only used over TLS. */
function isEncrypted(reply: Reply): boolean {
  return 'stream' in reply || reply.socket instanceof TLSSocket;
}

function inPieces(body: Buffer): StreamedBody {
  return {
    size: body.length,
    async *read({ start, end }) {
      for (let at = start; at <= end; at += MAX_AT_ONCE)
        yield body.subarray(at, Math.min(at + MAX_AT_ONCE, end + 1));
    },
    close: () => {},
  };
}

// Node's types of the two kinds of reply have no common call signature.
function head(reply: Reply, status: number, headers: OutgoingHttpHeaders): void {
  (reply as ServerResponse).writeHead(status, headers);
}

function end(reply: Reply, body?: Buffer): void {
  (reply as { end(body?: Buffer): unknown }).end(body);
}

/**
 * RFC 9110, 8.8.2.1: a Last-Modified must not be later than the response's Date, whatever the file
 * system reports.
 */
function notAfterNow(ms: number): number {
  return Math.min(ms, Date.now());
}

let lastDate: { readonly ms: number; readonly text: string } = { ms: 0, text: new Date(0).toUTCString() };

/** RFC 9110, 5.6.7. Cached, since the same date is used repeatedly. */
function httpDate(ms: number): string {
  if (lastDate.ms !== ms) lastDate = { ms, text: new Date(ms).toUTCString() };
  return lastDate.text;
}
