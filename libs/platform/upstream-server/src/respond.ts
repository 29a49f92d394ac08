import { constants, Http2ServerRequest } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { sha256Hex } from '@crates-mirror/hashing';
import type { Fault } from './faults.ts';
import type { RegistryOptions, ServerReply, ServerRequest } from './registry-options.ts';

const ENCODERS = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync, zstd: zstdCompressSync };

interface Serving extends Pick<RegistryOptions, 'find' | 'range' | 'head'> {
  /** Writes malformed bytes to a request's connection, below TLS. */
  readonly garble?: (request: ServerRequest) => void;
}

/** Answers one request as specified, with an optional fault. */
export function respond(
  request: ServerRequest,
  reply: ServerReply,
  serving: Serving,
  fault: Fault | undefined,
): void {
  reply.on('error', () => {});
  switch (fault?.kind) {
    case 'status':
      send(
        reply,
        fault.status,
        fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter },
        Buffer.from('fault\n'),
      );
      return;
    case 'redirect':
      send(reply, fault.status ?? 302, { location: fault.location }, Buffer.from('elsewhere\n'));
      return;
    case 'refuse':
      resetStream(request, constants.NGHTTP2_REFUSED_STREAM);
      return;
    case 'rst':
      resetStream(request, fault.code);
      return;
    case 'goaway-error':
      goAway(request, fault);
      return;
    case 'alert':
      serving.garble?.(request);
      return;
    case 'delay':
      setTimeout(() => serve(request, reply, serving, undefined), fault.ms);
      return;
    case 'hold':
      void fault.until.then(() => serve(request, reply, serving, undefined));
      return;
    default:
      serve(request, reply, serving, fault);
  }
}

function resetStream(request: ServerRequest, code: number): void {
  if (request instanceof Http2ServerRequest) request.stream.close(code);
  else request.socket.destroy();
}

function goAway(request: ServerRequest, fault: Fault & { kind: 'goaway-error' }): void {
  if (!(request instanceof Http2ServerRequest)) {
    request.socket.destroy();
    return;
  }
  const { session } = request.stream;
  session?.goaway(fault.code, fault.lastStreamId);
  if (fault.isClosed) setImmediate(() => session?.destroy());
}

function serve(request: ServerRequest, reply: ServerReply, serving: Serving, fault: Fault | undefined): void {
  const body = serving.find(decodePath(request.url ?? '/'));
  if (body === undefined) {
    send(reply, 404, {}, Buffer.from('not found\n'));
  } else if (request.method === 'HEAD' && (serving.head ?? true) === true) {
    send(reply, 200, { 'content-length': body.length }, Buffer.alloc(0));
  } else if (request.method === 'HEAD' && typeof serving.head === 'number') {
    send(reply, serving.head, {}, Buffer.alloc(0));
  } else if (request.method !== 'GET') {
    send(reply, 405, { allow: serving.head === false ? 'GET' : 'GET, HEAD' }, Buffer.alloc(0));
  } else if (starved.has(connectionOf(request))) {
    starve(reply, body);
  } else if (fault === undefined) {
    sendWhole(request, reply, body, serving);
  } else {
    sendWrong(request, reply, body, fault);
  }
}

function sendWhole(request: ServerRequest, reply: ServerReply, body: Buffer, serving: Serving): void {
  const header = serving.range === false ? undefined : request.headers.range;
  const range = /^bytes=(\d+)-(\d*)$/.exec(header ?? '');
  if (range === null) {
    send(reply, 200, serving.range === false ? {} : { 'accept-ranges': 'bytes', etag: etagOf(body) }, body);
    return;
  }
  const start = Number(range[1]);
  const end = range[2] === '' ? body.length - 1 : Math.min(Number(range[2]), body.length - 1);
  if (start > end) {
    send(reply, 416, { 'content-range': `bytes */${body.length}` }, Buffer.alloc(0));
    return;
  }
  const headers = { 'content-range': `bytes ${start}-${end}/${body.length}`, etag: etagOf(body) };
  send(reply, 206, headers, body.subarray(start, end + 1));
}

function sendWrong(request: ServerRequest, reply: ServerReply, body: Buffer, fault: Fault): void {
  const half = body.subarray(0, body.length >> 1);
  switch (fault.kind) {
    case 'truncate':
      start(reply, body.length);
      if (request instanceof Http2ServerRequest) end(reply, half);
      else write(reply, half, () => request.socket.destroy());
      return;
    case 'corrupt': {
      const wrong = Buffer.from(body);
      wrong[wrong.length >> 1] = (wrong[wrong.length >> 1] ?? 0) ^ 1;
      send(reply, 200, {}, wrong);
      return;
    }
    case 'extra':
      start(reply, body.length);
      end(reply, Buffer.concat([body, Buffer.from('more than was promised')]));
      return;
    case 'reset':
      start(reply, body.length);
      write(reply, half, () => request.socket.destroy());
      return;
    case 'empty':
      send(reply, 200, {}, Buffer.alloc(0));
      return;
    case 'max-streams':
      if (request instanceof Http2ServerRequest)
        request.stream.session?.settings({ maxConcurrentStreams: fault.streams });
      send(reply, 200, {}, body);
      return;
    case 'header-flood':
      send(reply, 200, floodOf(fault.bytes), body);
      return;
    case 'stall':
      start(reply, body.length);
      write(reply, half, () => {});
      return;
    case 'starve':
      starved.add(connectionOf(request));
      starve(reply, body);
      return;
    case 'drip':
      void drip(reply, body, fault.pauseMs);
      return;
    case 'encode':
      send(
        reply,
        200,
        { 'content-encoding': fault.coding },
        fault.isApplied ? ENCODERS[fault.coding](body) : body,
      );
      return;
    case 'page':
      send(
        reply,
        200,
        { 'content-type': 'text/html' },
        Buffer.from(`<!DOCTYPE html><html><head><title>${fault.title}</title></head></html>\n`),
      );
      return;
    case 'goaway':
      if (request instanceof Http2ServerRequest) request.stream.session?.goaway();
      else (reply as { shouldKeepAlive?: boolean }).shouldKeepAlive = false;
      send(reply, 200, {}, body);
      return;
    case 'slow':
      void sendSlowly(reply, body, fault.pieces, fault.pauseMs);
      return;
    default:
      send(reply, 200, {}, body);
  }
}

/** Connections of the fault `starve`. */
const starved = new WeakSet<object>();
const STARVED_AFTER = 100;

function connectionOf(request: ServerRequest): object {
  return request instanceof Http2ServerRequest ? (request.stream.session ?? request) : request.socket;
}

function starve(reply: ServerReply, body: Buffer): void {
  start(reply, body.length);
  write(reply, body.subarray(0, Math.min(STARVED_AFTER, body.length - 1)), () => {});
}

async function drip(reply: ServerReply, body: Buffer, pauseMs: number): Promise<void> {
  start(reply, body.length);
  let isClosed = false;
  reply.on('close', () => {
    isClosed = true;
  });
  for (let at = 0; at < body.length - 1 && !isClosed; at++) {
    write(reply, body.subarray(at, at + 1), () => {});
    await sleep(pauseMs, undefined, { ref: false });
  }
}

/** About 4 kB per field. */
function floodOf(bytes: number): Record<string, string> {
  const fields = Array.from({ length: Math.ceil(bytes / 4000) }, (_, i) => [
    `x-flood-${i}`,
    'x'.repeat(4000),
  ]);
  return Object.fromEntries(fields) as Record<string, string>;
}

async function sendSlowly(reply: ServerReply, body: Buffer, pieces: number, pauseMs: number): Promise<void> {
  start(reply, body.length);
  const size = Math.max(1, Math.ceil(body.length / pieces));
  let isClosed = false;
  reply.on('close', () => {
    isClosed = true;
  });
  for (let offset = 0; offset < body.length && !isClosed; offset += size) {
    write(reply, body.subarray(offset, offset + size), () => {});
    await sleep(pauseMs);
  }
  end(reply, Buffer.alloc(0));
}

function send(
  reply: ServerReply,
  status: number,
  headers: Record<string, string | number>,
  body: Buffer,
): void {
  reply.statusCode = status;
  if (!('content-length' in headers)) reply.setHeader('content-length', body.length);
  for (const [name, value] of Object.entries(headers)) reply.setHeader(name, value);
  end(reply, body);
}

function start(reply: ServerReply, length: number): void {
  reply.statusCode = 200;
  reply.setHeader('content-length', length);
}

// Node's types of the two kinds of reply have no common call signature.
function write(reply: ServerReply, data: Buffer, done: () => void): void {
  (reply as { write(data: Buffer, done: () => void): boolean }).write(data, done);
}

function end(reply: ServerReply, data: Buffer): void {
  (reply as { end(data: Buffer): unknown }).end(data);
}

function etagOf(body: Buffer): string {
  return `"${sha256Hex(body).slice(0, 32)}"`;
}

function decodePath(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}
