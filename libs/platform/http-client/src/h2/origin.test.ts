import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Certificate, freePort, makeCertificate } from '@crates-mirror/sample-registry';
import { type GetOutcome, HttpClient } from '../index.ts';

const LAST_STREAM_ID = 2 ** 31 - 1;

interface Server {
  readonly server: Http2SecureServer;
  readonly sessions: readonly ServerHttp2Session[];
  readonly port: number;
  /** Number of requests received. */
  readonly streams: () => number;
}

/**
 * A server that is slow on `/slow` and never responds on `/never`. Requests for `/refused` are
 * refused when any other path is requested.
 */
async function listen(
  certificate: Certificate,
  port: number,
  maxConcurrentStreams?: number,
): Promise<Server> {
  const settings = maxConcurrentStreams === undefined ? {} : { maxConcurrentStreams };
  const server = createSecureServer({ ...certificate, settings });
  const sessions: ServerHttp2Session[] = [];
  server.on('session', (session) => {
    session.on('error', () => {});
    sessions.push(session);
  });
  const refused: ServerHttp2Stream[] = [];
  let streams = 0;
  server.on('stream', (stream: ServerHttp2Stream, { ':path': path }: IncomingHttpHeaders) => {
    streams += 1;
    stream.on('error', () => {});
    if (path === '/never') return;
    if (path === '/refused') {
      refused.push(stream);
      return;
    }
    for (const one of refused) one.close(constants.NGHTTP2_REFUSED_STREAM);
    stream.respond({ ':status': 200 });
    if (path === '/slow') trickle(stream);
    else stream.end('all');
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { server, sessions, port: (server.address() as AddressInfo).port, streams: () => streams };
}

/** A body without an end. */
function trickle(stream: ServerHttp2Stream): void {
  const timer = setInterval(() => stream.write('a little'), 50);
  stream.on('close', () => clearInterval(timer));
}

function newClient(ca: string): HttpClient {
  return new HttpClient({
    userAgent: 'test',
    // A busy machine may need seconds for a response.
    connectTimeoutMs: 60_000,
    idleTimeoutMs: 60_000,
    attemptTimeoutMs: 120_000,
    maxConnections: 4,
    ca,
    environment: {},
  });
}

const NO_SINK = { begin(): void {}, data(): void {} };

function get(client: HttpClient, port: number, path: string): Promise<GetOutcome> {
  const origin = `https://127.0.0.1:${port}`;
  return new Promise((resolve) => client.get({ origin, path }, NO_SINK, resolve));
}

test('a server that is replaced while it still sends a long body has the next requests at once', async (t) => {
  const certificate = await makeCertificate();
  const before = await listen(certificate, await freePort());
  const client = newClient(certificate.cert);
  t.after(() => client.destroy());
  const slow = get(client, before.port, '/slow');
  while (before.streams() === 0) await sleep(10);
  before.server.close();
  for (const session of before.sessions) {
    session.goaway(0, LAST_STREAM_ID);
    // The client acknowledges what follows GOAWAY.
    await new Promise<void>((resolve) => session.ping(() => resolve()));
  }
  const next = get(client, before.port, '/next');
  // When this later connection is refused, the client's has been refused as well.
  await once(connect(before.port, '127.0.0.1'), 'error');
  const after = await listen(certificate, before.port);
  t.after(() => after.server.close());
  const first = await Promise.race([slow.then(() => 'the long body'), next.then(({ ok }) => ok)]);
  assert.equal(first, true);
  for (const session of before.sessions) session.destroy();
  assert.equal((await slow).ok, false);
});

test('a client that is destroyed while requests wait opens no connection for them', async (t) => {
  const certificate = await makeCertificate();
  const { server, sessions, port } = await listen(certificate, 0, 1);
  t.after(() => server.close());
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  const client = newClient(certificate.cert);
  const outcomes = Array.from({ length: 300 }, () => get(client, port, '/never'));
  while (sessions.length < 4) await sleep(10);
  await client.destroy();
  assert.ok((await Promise.all(outcomes)).every(({ ok }) => !ok));
  // Connections are accepted in order.
  const later = newClient(certificate.cert);
  t.after(() => later.destroy());
  assert.ok((await get(later, port, '/next')).ok);
  assert.equal(connections, 4 + 1);
});

test('a client knows the round trip as soon as it has opened a connection', async (t) => {
  const certificate = await makeCertificate();
  const { server, port } = await listen(certificate, 0);
  t.after(() => server.close());
  const client = newClient(certificate.cert);
  t.after(() => client.destroy());
  assert.equal(client.roundTripMs, Number.POSITIVE_INFINITY);
  assert.ok((await get(client, port, '/next')).ok);
  assert.ok(client.roundTripMs > 0 && client.roundTripMs < Number.POSITIVE_INFINITY);
});

/** ms, in each direction; a timer may fire up to a millisecond early. */
const DELAY_MS = 30;
const TIMER_ERROR_MS = 1;

/** Accepts connections at once, as a proxy near the client does, and passes bytes on later. */
async function startRelay(to: number): Promise<{ readonly port: number; readonly close: () => void }> {
  const sockets: Socket[] = [];
  const later = (from: Socket, other: Socket): void => {
    sockets.push(from);
    from.on('error', () => {});
    from.on('data', (chunk) => setTimeout(() => other.write(chunk), DELAY_MS));
    from.on('close', () => other.destroy());
  };
  const relay = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    later(near, far);
    later(far, near);
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const close = (): void => {
    relay.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port: (relay.address() as AddressInfo).port, close };
}

test('the round trip is that to the server, whatever has accepted the connection for it', async (t) => {
  const certificate = await makeCertificate();
  const { server, port } = await listen(certificate, 0);
  t.after(() => server.close());
  const relay = await startRelay(port);
  t.after(() => relay.close());
  const client = newClient(certificate.cert);
  t.after(() => client.destroy());
  assert.ok((await get(client, relay.port, '/next')).ok);
  assert.ok(client.roundTripMs >= 2 * (DELAY_MS - TIMER_ERROR_MS), `${client.roundTripMs} ms`);
});

test('a client that is destroyed sends nothing again', async (t) => {
  const certificate = await makeCertificate();
  const { server, sessions, port, streams } = await listen(certificate, 0);
  t.after(() => server.close());
  const client = newClient(certificate.cert);
  const refused = get(client, port, '/refused');
  while (streams() === 0) await sleep(10);
  const origin = `https://127.0.0.1:${port}`;
  await new Promise<void>((resolve) =>
    client.get({ origin, path: '/next' }, NO_SINK, () => void client.destroy().then(resolve)),
  );
  assert.equal((await refused).ok, false);
  assert.deepEqual([sessions.length, streams()], [1, 2]);
});

test('a server that takes no further connection is not asked for one with every answer', async (t) => {
  // The client periodically tries another connection.
  t.mock.timers.enable({ apis: ['setInterval'] });
  const certificate = await makeCertificate();
  const { server, sessions, port } = await listen(certificate, 0, 1);
  t.after(() => server.close());
  let tried = 0;
  server.on('connection', (socket) => {
    tried += 1;
    if (tried > 1) socket.destroy();
  });
  const client = newClient(certificate.cert);
  t.after(() => client.destroy());
  const outcomes = await Promise.all(Array.from({ length: 100 }, () => get(client, port, '/next')));
  assert.ok(outcomes.every(({ ok }) => ok));
  assert.equal(sessions.length, 1);
  assert.ok(tried < 20, `${tried} connections tried`);
});
