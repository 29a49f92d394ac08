import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, before, test } from 'node:test';
import { createServer, type TLSSocket } from 'node:tls';
import { H2Connection } from '@crates-mirror/h2-get/connection';
import { FrameReader } from '@crates-mirror/h2-get/frame-reader';
import {
  CONNECTION_PREFACE,
  encodeFrame,
  encodeGoaway,
  encodeNumber,
  encodeSettings,
  Flag,
  FrameType,
} from '@crates-mirror/h2-get/frames';
import { STREAMS_PER_CONNECTION } from '@crates-mirror/h2-get/origin';
import { RequestBlocks } from '@crates-mirror/h2-get/request-block';
import { type Certificate, makeCertificate } from '@crates-mirror/sample-registry';
import { type GetFailure, type GetOutcome, HttpClient } from '../index.ts';
import { locationOf } from '../redirect.ts';
import { stopClock } from '../stopped-clock.ts';

let certificate: Certificate;
const open: { close(): unknown }[] = [];
before(async () => {
  certificate = await makeCertificate();
});
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** `:status: 200`, alone and with `content-length: 5`. */
const OK = Buffer.from([0x88]);
const OK_5 = Buffer.concat([OK, Buffer.from([0x0f, 28 - 15, 1]), Buffer.from('5')]);
const HELLO = Buffer.from('hello');

type Script = (request: number, send: (...frames: Buffer[]) => void, frames: string[]) => void;

/** A server that sends arbitrary frames. @param script called for each request with its stream */
async function speak(script: Script): Promise<{ url: string; frames: string[] }> {
  const frames: string[] = [];
  const sockets: TLSSocket[] = [];
  const server = createServer({ ...certificate, ALPNProtocols: ['h2'] }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    const send = (...parts: Buffer[]): void => void socket.write(Buffer.concat(parts));
    const reader = new FrameReader({
      onData() {},
      onDataEnd() {},
      onFrame(type, flags, stream, payload) {
        frames.push(`${type} ${flags} ${stream} ${payload.toString('hex')}`);
        if (type === FrameType.headers) script(stream, send, frames);
      },
    });
    let preface = CONNECTION_PREFACE.length;
    send(encodeSettings([]));
    socket.on('data', (data: Buffer) => {
      const skipped = Math.min(preface, data.length);
      preface -= skipped;
      reader.push(data.subarray(skipped));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/f`, frames };
}

const NO_EVENTS = {
  onRoom: () => {},
  onRoundTrip: () => {},
  onClosed: () => {},
  onUnsupported: () => {},
};

/**
 * Its timeouts are longer than any busy machine takes: both ends are in this process, so that a
 * window is sent at once and nothing is read meanwhile.
 */
function client(maxConnections = 1, idleTimeoutMs = 300_000, attemptTimeoutMs = 600_000): HttpClient {
  const one = new HttpClient({
    userAgent: 'test/1',
    connectTimeoutMs: 60_000,
    idleTimeoutMs,
    attemptTimeoutMs,
    maxConnections,
    ca: certificate.cert,
    environment: {},
  });
  open.push({ close: () => one.destroy() });
  return one;
}

async function get(url: string, from = client()): Promise<{ outcome: GetOutcome; body: string }> {
  const pieces: Buffer[] = [];
  const sink = {
    begin: () => void pieces.splice(0),
    data: (piece: Buffer) => void pieces.push(Buffer.from(piece)),
  };
  const outcome = await new Promise<GetOutcome>((resolve) =>
    from.get(locationOf(new URL(url)), sink, resolve),
  );
  return { outcome, body: Buffer.concat(pieces).toString() };
}

async function failureOf(script: Script): Promise<{ failure: GetFailure; frames: string[] }> {
  const { url, frames } = await speak(script);
  const { outcome } = await get(url);
  assert.equal(outcome.ok, false);
  return { failure: outcome as GetFailure, frames };
}

/** Waits until the client has sent a frame. */
async function sent(frames: readonly string[], wanted: string | RegExp): Promise<void> {
  const isIt = (frame: string): boolean =>
    typeof wanted === 'string' ? frame === wanted : wanted.test(frame);
  while (!frames.some(isIt)) await new Promise((resolve) => setTimeout(resolve, 5));
}

const headers = (stream: number, block: Buffer, flags: number = Flag.endHeaders): Buffer =>
  encodeFrame(FrameType.headers, flags, stream, block);
const data = (stream: number, content: Buffer, flags: number = Flag.endStream): Buffer =>
  encodeFrame(FrameType.data, flags, stream, content);

test('answers in all their forms: 1xx, priority, padding, continuation, trailers, pings, the unknown', async () => {
  const { url, frames } = await speak((stream, send) => {
    const padded = Buffer.concat([
      Buffer.from([2, 0, 0, 0, 0, 16]),
      OK_5.subarray(0, 2),
      Buffer.from([0, 0]),
    ]);
    send(
      encodeFrame(0x2a, 0xff, stream, HELLO),
      encodeFrame(FrameType.ping, 0, 0, Buffer.from('12345678')),
      headers(stream, Buffer.from([0x08, 3, 0x31, 0x30, 0x33])),
      encodeFrame(FrameType.headers, Flag.padded | Flag.priority, stream, padded),
      encodeFrame(FrameType.continuation, 0, stream, OK_5.subarray(2, 3)),
      encodeFrame(FrameType.continuation, Flag.endHeaders, stream, OK_5.subarray(3)),
      data(stream, HELLO.subarray(0, 2), 0),
      data(stream, Buffer.concat([Buffer.from([1]), HELLO.subarray(2), Buffer.from([0])]), Flag.padded),
      headers(stream, Buffer.from([0x0f, 0x00, 0x01, 0x78]), Flag.endHeaders | Flag.endStream),
    );
  });
  const { outcome, body } = await get(url);
  assert.deepEqual(
    [outcome, body],
    [{ ok: true, bytes: 5, contentType: undefined, contentEncoding: undefined }, 'hello'],
  );
  await sent(frames, `${FrameType.ping} ${Flag.ack} 0 ${Buffer.from('12345678').toString('hex')}`);
  await sent(frames, `${FrameType.settings} ${Flag.ack} 0 `);
});

test('a server that breaks the protocol loses its connection, and learns why', async () => {
  const table: [string, Script, number][] = [
    ['an answer that nobody asked for', (stream, send) => send(headers(stream + 2, OK)), 1],
    ['data before their header', (stream, send) => send(data(stream, HELLO)), 1],
    ['a continuation of nothing', (stream, send) => send(encodeFrame(9, 4, stream, OK)), 1],
    [
      'a header block without its end',
      (stream, send) => send(headers(stream, OK, 0), data(stream, Buffer.alloc(0))),
      1,
    ],
    ['a push that was not allowed', (stream, send) => send(encodeFrame(5, 4, stream, Buffer.alloc(8))), 1],
    ['no header field has index 90', (stream, send) => send(headers(stream, Buffer.from([0x80 | 90]))), 9],
    [
      'a header of more than 65536 bytes',
      (stream, send) =>
        send(
          headers(stream, Buffer.alloc(16_384), 0),
          ...Array.from({ length: 4 }, () => encodeFrame(9, 0, stream, Buffer.alloc(16_384))),
        ),
      11,
    ],
    [
      'a header of more than 65536 bytes',
      (stream, send) =>
        send(
          headers(stream, Buffer.alloc(0), 0),
          ...Array.from({ length: 8000 }, () => encodeFrame(9, 0, stream, Buffer.alloc(0))),
        ),
      11,
    ],
    ['a RST_STREAM of a wrong size', (stream, send) => send(encodeFrame(3, 0, stream, Buffer.alloc(3))), 6],
    ['SETTINGS of a wrong size', (_stream, send) => send(encodeFrame(4, 0, 0, Buffer.alloc(5))), 6],
    ['data on no stream', (_stream, send) => send(data(0, Buffer.alloc(0))), 1],
  ];
  for (const [message, script, code] of table) {
    const { failure, frames } = await failureOf(script);
    assert.equal(failure.kind, 'connection_lost', message);
    assert.ok(failure.message.includes(message), failure.message);
    await sent(frames, `7 0 0 ${encodeGoaway(code).subarray(9).toString('hex')}`);
  }
});

test('an answer without a status, or without a beginning, is one that was lost', async () => {
  const noStatus = Buffer.from([0x0f, 28 - 15, 1, 0x35]);
  const table: [string, Script, string][] = [
    ['none', (stream, send) => send(headers(stream, noStatus, 5)), 'the answer has no valid status'],
    [
      'hexadecimal',
      (stream, send) => send(headers(stream, Buffer.from([0x08, 4, 0x30, 0x78, 0x63, 0x38]), 5)),
      'the answer has no valid status',
    ],
    [
      '1xx at the end',
      (stream, send) => send(headers(stream, Buffer.from([0x08, 3, 0x31, 0x30, 0x33]), 5)),
      'the answer ended before it began',
    ],
    ['data alone', (stream, send) => send(data(stream, Buffer.alloc(0))), 'the answer ended before it began'],
  ];
  for (const [name, script, message] of table) {
    const { failure } = await failureOf(script);
    assert.deepEqual(
      [failure.kind, failure.message],
      ['connection_lost', `connection lost: ${message}`],
      name,
    );
  }
});

test('two lengths are none', async () => {
  const { url } = await speak((stream, send) => {
    const twice = Buffer.concat([OK_5, Buffer.from([0x0f, 28 - 15, 1]), Buffer.from('9')]);
    send(headers(stream, twice), data(stream, HELLO));
  });
  let length: number | undefined = 0;
  const sink = {
    begin: (contentLength: number | undefined) => {
      length = contentLength;
    },
    data: () => {},
  };
  await new Promise((resolve) => client().get(locationOf(new URL(url)), sink, resolve));
  assert.equal(length, undefined);
});

test('a smaller table is reported before the next header block, as nghttp2 demands', async () => {
  const url = await serve({ headerTableSize: 0 }, (stream) => {
    stream.respond({ ':status': 200 });
    stream.end('hello');
  });
  const one = client();
  for (let i = 0; i < 5; i++) assert.equal((await get(url, one)).body, 'hello', `request ${i}`);
});

test('a connection with nothing to do is closed, one that takes no requests at once', async () => {
  let written = Buffer.alloc(0);
  const socket = Object.assign(new EventEmitter(), {
    writableLength: 0,
    write(bytes: Buffer) {
      written = Buffer.concat([written, bytes]);
      return true;
    },
    end: () => {},
    destroy: () => {},
  });
  const make = (): { connection: H2Connection; closed: () => number } => {
    let closed = 0;
    const onClosed = (): void => {
      closed += 1;
    };
    const events = { ...NO_EVENTS, onClosed };
    const connection = new H2Connection(socket as never, new RequestBlocks('x', 'test/1'), events);
    return { connection, closed: () => closed };
  };
  const idle = make();
  idle.connection.checkTime(1000, 30_000);
  idle.connection.checkTime(10_900, 30_000);
  assert.equal(idle.closed(), 0);
  idle.connection.checkTime(11_000, 30_000);
  assert.equal(idle.closed(), 1);
  assert.ok(written.subarray(-17).equals(encodeGoaway(0)), 'with a word of farewell');

  const useless = make();
  useless.connection.receive(encodeSettings([[3, 0]]));
  useless.connection.checkTime(1000, 30_000);
  assert.equal(useless.closed(), 1);
});

test('what the server did not look at is sent again once; what it reset is not', async () => {
  let requests = 0;
  const { url } = await speak((stream, send) => {
    requests += 1;
    if (requests === 1) send(encodeNumber(FrameType.rstStream, stream, 7));
    else send(headers(stream, OK_5), data(stream, HELLO));
  });
  assert.equal((await get(url)).body, 'hello');
  assert.equal(requests, 2);

  let refused = 0;
  const always = await failureOf((stream, send) => {
    refused += 1;
    send(encodeNumber(FrameType.rstStream, stream, 7));
  });
  assert.deepEqual([always.failure.kind, refused], ['connection_lost', 2]);
  assert.match(always.failure.message, /the server reset the stream: REFUSED_STREAM/);

  let cancelled = 0;
  const reset = await failureOf((stream, send) => {
    cancelled += 1;
    send(headers(stream, OK_5), encodeNumber(FrameType.rstStream, stream, 2));
  });
  assert.deepEqual([reset.failure.kind, cancelled], ['connection_lost', 1]);
  assert.match(reset.failure.message, /INTERNAL_ERROR/);
});

test('a body that has come whole is whole, also where the server resets the stream instead of ending it', async () => {
  const { url } = await speak((stream, send) =>
    send(headers(stream, OK_5), data(stream, HELLO, 0), encodeNumber(FrameType.rstStream, stream, 0)),
  );
  const { outcome, body } = await get(url);
  assert.deepEqual([outcome.ok, body], [true, 'hello']);
});

test('a server that wants HTTP/1.1 gets it, for one stream or for all', async () => {
  for (const tell of [
    (stream: ServerHttp2Stream) => stream.close(constants.NGHTTP2_HTTP_1_1_REQUIRED),
    (stream: ServerHttp2Stream) => {
      stream.session?.goaway(constants.NGHTTP2_HTTP_1_1_REQUIRED);
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
    },
  ]) {
    const versions: string[] = [];
    const server = createSecureServer({ ...certificate, allowHTTP1: true }, (request, response) => {
      versions.push(request.httpVersion);
      if (request.httpVersion === '2.0') tell(request.stream as ServerHttp2Stream);
      else response.end('hello');
    });
    server.on('sessionError', () => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    open.push(server);
    const one = client(4);
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/f`;
    const bodies = await Promise.all([1, 2, 3].map(() => get(url, one)));
    assert.deepEqual(
      [...bodies, await get(url, one)].map(({ body }) => body),
      ['hello', 'hello', 'hello', 'hello'],
    );
    assert.deepEqual(versions.slice(3), ['1.1', '1.1', '1.1', '1.1'], versions.join(' '));
    await one.destroy();
  }
});

test('a GOAWAY sends what comes after it elsewhere, and lets the rest finish', async () => {
  let connections = 0;
  const { url } = await speak((stream, send) => {
    if (stream === 1) connections += 1;
    if (connections > 1) {
      send(headers(stream, OK_5), data(stream, HELLO));
    } else if (stream === 3) {
      const last = Buffer.concat([Buffer.from([0, 0, 0, 1]), Buffer.alloc(4)]);
      send(encodeFrame(FrameType.goaway, 0, 0, last));
      setTimeout(() => send(headers(1, OK_5), data(1, HELLO)), 20);
    }
  });
  const one = client(2);
  const both = await Promise.all([get(url, one), get(url, one)]);
  assert.deepEqual(
    both.map(({ body }) => body),
    ['hello', 'hello'],
  );
  assert.equal(connections, 2);
});

test('a connection that has silently died is given up, and the next request has one of its own', async (t) => {
  const pass = stopClock(t);
  let connections = 0;
  const { url, frames } = await speak((stream, send) => {
    if (stream === 1) connections += 1;
    if (stream === 1 || connections === 2) send(headers(stream, OK_5), data(stream, HELLO));
  });
  const one = client(2, 600);
  assert.equal((await get(url, one)).body, 'hello');
  const unanswered = get(url, one);
  await sent(frames, new RegExp(`^${FrameType.headers} \\d+ 3 `));
  pass(750);
  // The connection is pinged first.
  await sent(frames, new RegExp(`^${FrameType.ping} 0 `));
  pass(500);
  const { outcome } = await unanswered;
  assert.deepEqual(outcome.ok ? outcome : [outcome.kind, outcome.code], ['timeout', 'idle_timeout']);
  assert.equal((await get(url, one)).body, 'hello');
  assert.equal(connections, 2);
});

test('a connection just made is not taken for one that has died', (t) => {
  stopClock(t);
  const socket = Object.assign(new EventEmitter(), { write: () => true, end: () => {}, destroy: () => {} });
  const events = { ...NO_EVENTS, onClosed: () => assert.fail('closed') };
  const connection = new H2Connection(socket as never, new RequestBlocks('x', 'test/1'), events);
  connection.send('/f', 'GET', {
    onHeaders() {},
    onData() {},
    onEnd() {},
    onError: (error) => assert.fail(error),
  });
  connection.checkTime(performance.now() + 900, 1000);
});

test('a server that pings and never reads the answers loses its connection', async () => {
  let written = 0;
  const socket = Object.assign(new EventEmitter(), {
    writableLength: 0,
    write(bytes: Buffer) {
      written += bytes.length;
      socket.writableLength = written;
      return false;
    },
    end: () => {},
    destroy: () => {},
  });
  let isClosed = false;
  const events = {
    ...NO_EVENTS,
    onClosed: () => {
      isClosed = true;
    },
  };
  const connection = new H2Connection(socket as never, new RequestBlocks('x', 'test/1'), events);
  const pings = Buffer.concat(
    Array.from({ length: 1000 }, () => encodeFrame(FrameType.ping, 0, 0, Buffer.alloc(8))),
  );
  let turns = 0;
  for (; !isClosed && turns < 1000; turns++) {
    connection.receive(pings);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(isClosed && turns < 300, `${turns} turns`);
});

test('a server that still answers pings loses the request, not its connection', async (t) => {
  const pass = stopClock(t);
  const silent = Promise.withResolvers<ServerHttp2Stream>();
  let connections = 0;
  const url = await serve({}, (stream, { ':path': path }) => {
    if (stream.id === 1) connections += 1;
    if (path?.endsWith('?never') === true) {
      silent.resolve(stream);
      return;
    }
    stream.respond({ ':status': 200 });
    stream.end('hello');
  });
  const one = client(2, 600);
  assert.equal((await get(url, one)).body, 'hello');
  const unanswered = get(`${url}?never`, one);
  const stream = await silent.promise;
  pass(750);
  // The server has the client's PING with the first response, and the client has its response with
  // the second.
  for (let round = 0; round < 2; round++) await received(stream);
  pass(250);
  const { outcome } = await unanswered;
  assert.deepEqual(outcome.ok ? outcome : [outcome.kind, outcome.code], ['timeout', 'idle_timeout']);
  assert.equal((await get(url, one)).body, 'hello');
  assert.equal(connections, 1);
});

test('lengths that are not as promised are reported, and a body too long is not waited for', async () => {
  const short = await failureOf((stream, send) =>
    send(headers(stream, OK_5), data(stream, HELLO.subarray(1))),
  );
  assert.deepEqual(
    [short.failure.kind, short.failure.message],
    ['truncated', 'body shorter than its Content-Length, 4 of 5 bytes received'],
  );
  const long = await failureOf((stream, send) =>
    send(headers(stream, OK_5), data(stream, Buffer.alloc(9), 0)),
  );
  assert.deepEqual(
    [long.failure.kind, long.failure.message],
    ['overlong', 'body longer than its Content-Length, 9 of 5 bytes received'],
  );
  await sent(long.frames, '3 0 1 00000008');
});

/** A server based on node:http2, which implements flow control. */
async function serve(
  settings: { maxConcurrentStreams?: number; headerTableSize?: number },
  onStream: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void,
): Promise<string> {
  const server: Http2SecureServer = createSecureServer({ ...certificate, settings, maxSessionMemory: 1000 });
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', onStream);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push({
    close: () => {
      for (const session of sessions) session.destroy();
      server.close();
    },
  });
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}/f`;
}

test('a body of many windows arrives whole, also with others beside it', async () => {
  const body = Buffer.alloc(40 << 20, 'crate');
  const url = await serve({}, (stream) => {
    stream.respond({ ':status': 200, 'content-length': body.length });
    stream.end(body);
  });
  const one = client();
  const all = await Promise.all([get(url, one), get(url, one)]);
  for (const { outcome, body: received } of all) {
    assert.deepEqual(outcome, {
      ok: true,
      bytes: body.length,
      contentType: undefined,
      contentEncoding: undefined,
    });
    assert.ok(Buffer.from(received).equals(body));
  }
});

/** Waits until the client has received everything sent on a connection. */
function received({ session }: ServerHttp2Stream): Promise<void> {
  return new Promise((resolve) => {
    if (session === undefined) resolve();
    else session.ping(() => resolve());
  });
}

test('a server that takes one stream at a time gets them one at a time', async () => {
  let [now, most] = [0, 0];
  const url = await serve({ maxConcurrentStreams: 1 }, (stream) => {
    now += 1;
    most = Math.max(most, now);
    stream.on('close', () => {
      now -= 1;
    });
    stream.respond({ ':status': 200 });
    setTimeout(() => stream.end('hello'), 2);
  });
  const one = client();
  // The limit is known once SETTINGS have arrived.
  await get(url, one);
  const all = await Promise.all(Array.from({ length: 20 }, () => get(url, one)));
  assert.ok(all.every(({ body }) => body === 'hello'));
  assert.equal(most, 1);
});

test('a server that answers one after the other has the time of each for itself', async (t) => {
  const pass = stopClock(t);
  let turn = Promise.resolve();
  const url = await serve({}, (stream) => {
    turn = turn.then(async () => {
      pass(150);
      stream.respond({ ':status': 200 });
      stream.end('hello');
      await received(stream);
    });
  });
  // The last response takes three times as long.
  const one = client(1, 800);
  const all = await Promise.all(Array.from({ length: 16 }, () => get(url, one)));
  assert.deepEqual(
    all.filter(({ body }) => body !== 'hello'),
    [],
  );
});

test('what waits for a stream spends none of its time, neither at first nor after a redirect', async (t) => {
  const pass = stopClock(t);
  const url = await serve({ maxConcurrentStreams: 1 }, (stream, { ':path': path }) => {
    const isMoved = path?.endsWith('?moved') === true;
    pass(100);
    stream.respond(isMoved ? { ':status': 302, location: '/f' } : { ':status': 200 });
    stream.end(isMoved ? '' : 'hello');
  });
  // A round takes one and a half times the attempt limit.
  const one = client(1, 800, 1000);
  // The limit is known once SETTINGS have arrived.
  await get(url, one);
  const all = await Promise.all(Array.from({ length: 15 }, () => get(`${url}?moved`, one)));
  assert.deepEqual(
    all.filter(({ body }) => body !== 'hello'),
    [],
  );
});

test('where nothing arrives for anybody, those that wait for a stream fail with those that have one', async () => {
  let asked = 0;
  const url = await serve({}, () => {
    asked += 1;
  });
  const one = client(1, 600);
  const all = await Promise.all(Array.from({ length: 2 * STREAMS_PER_CONNECTION + 10 }, () => get(url, one)));
  for (const { outcome } of all) {
    assert.deepEqual(outcome.ok ? outcome : [outcome.kind, outcome.code], ['timeout', 'idle_timeout']);
  }
  // Each failure made room for one more.
  assert.ok(asked <= 2 * STREAMS_PER_CONNECTION, `${asked} were sent`);
});

test('one stream that hangs among others that move has the time of a whole attempt', async (t) => {
  const pass = stopClock(t);
  let moving: Promise<void> | undefined;
  const url = await serve({}, (stream, { ':path': path }) => {
    if (path?.endsWith('?never') === true) return;
    stream.respond({ ':status': 200 });
    moving = (async () => {
      for (; !stream.closed; pass(100)) {
        stream.write('hello');
        await received(stream);
      }
    })();
  });
  const one = client(1, 500, 1500);
  const [busy, hanging] = await Promise.all([get(url, one), get(`${url}?never`, one)]);
  await moving;
  for (const { outcome } of [busy, hanging]) {
    assert.deepEqual(outcome.ok ? outcome : [outcome.kind, outcome.code], ['timeout', 'attempt_timeout']);
  }
});

test('how many streams a server takes is found out by one connection for all', async () => {
  const url = await serve({ maxConcurrentStreams: 1 }, (stream) => {
    stream.respond({ ':status': 200 });
    setTimeout(() => stream.end('hello'), 50);
  });
  const one = client(4);
  const all = await Promise.all(Array.from({ length: 12 }, () => get(url, one)));
  assert.deepEqual(
    all.filter(({ body }) => body !== 'hello'),
    [],
  );
});

test('a path longer than a frame is sent in two', async () => {
  let path = '';
  const url = await serve({}, (stream, requestHeaders) => {
    path = requestHeaders[':path'] ?? '';
    stream.respond({ ':status': 200 });
    stream.end('hello');
  });
  const query = 'x'.repeat(20_000);
  assert.equal((await get(`${url}?${query}`)).body, 'hello');
  assert.equal(path, `/f?${query}`);
});
