import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { ConnectionSlots } from '@crates-mirror/h2-get';
import { type Certificate, makeCertificate, startForwardProxy } from '@crates-mirror/sample-registry';
import { type GetOutcome, HttpClient } from './index.ts';

const NO_SINK = { begin(): void {}, data(): void {} };
const REQUESTS = 12;

/**
 * Counts the connections that carry requests, over several servers: a server notices a closed
 * connection only later.
 */
class Count {
  most = 0;
  readonly #requests = new Map<object, number>();

  /** @param connection on which a request arrived */
  begin(connection: object): void {
    this.#requests.set(connection, (this.#requests.get(connection) ?? 0) + 1);
    this.most = Math.max(this.most, this.#requests.size);
  }

  end(connection: object): void {
    const left = (this.#requests.get(connection) ?? 0) - 1;
    if (left > 0) this.#requests.set(connection, left);
    else this.#requests.delete(connection);
  }
}

async function listen(t: TestContext, server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

interface Incoming {
  readonly socket: object;
  readonly stream?: { readonly session?: object };
}

function answering(server: Server, count: Count): Server {
  return server.on('request', ({ socket, stream }: Incoming, reply: { end(text: string): void }) => {
    const connection = stream?.session ?? socket;
    count.begin(connection);
    setTimeout(() => {
      count.end(connection);
      reply.end('hello');
    }, 5);
  });
}

/** Two origins of each protocol. */
async function startOrigins(t: TestContext, certificate: Certificate, count: Count): Promise<string[]> {
  const origins: string[] = [];
  for (let i = 0; i < 2; i++) {
    for (const [scheme, server] of [
      ['https', createSecureServer(certificate)],
      ['https', createHttpsServer(certificate)],
      ['http', createServer()],
    ] as const)
      origins.push(`${scheme}://127.0.0.1:${await listen(t, answering(server, count))}`);
  }
  return origins;
}

async function ask(
  t: TestContext,
  origins: readonly string[],
  maxConnections: number,
  ca: string,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const client = new HttpClient({
    userAgent: 'test/1',
    connectTimeoutMs: 60_000,
    // Requests that wait for their origin's turn are not late.
    idleTimeoutMs: 60_000,
    attemptTimeoutMs: 60_000,
    maxConnections,
    ca,
    environment,
  });
  t.after(() => client.destroy());
  const outcomes = Array.from({ length: REQUESTS * origins.length }, (_, i) => {
    const origin = origins[i % origins.length] as string;
    return new Promise<GetOutcome>((resolve) => client.get({ origin, path: `/${i}` }, NO_SINK, resolve));
  });
  for (const outcome of await Promise.all(outcomes)) assert.equal(outcome.ok, true, JSON.stringify(outcome));
}

test('connections to all origins together are no more than allowed, over every protocol', async (t) => {
  const certificate = await makeCertificate();
  for (const most of [1, 3]) {
    const count = new Count();
    const origins = await startOrigins(t, certificate, count);
    await ask(t, origins, most, certificate.cert, {});
    assert.ok(count.most <= most, `${count.most} at once, of ${most}`);
  }
});

test('the same through a proxy, whose connections count', async (t) => {
  const certificate = await makeCertificate();
  const { url: proxy, close } = await startForwardProxy();
  t.after(close);
  for (const most of [1, 3]) {
    const count = new Count();
    const origins = await startOrigins(t, certificate, count);
    await ask(t, origins, most, certificate.cert, { HTTPS_PROXY: proxy, HTTP_PROXY: proxy });
    assert.ok(count.most <= most, `${count.most} at once, of ${most}`);
  }
});

test('who waits for a connection gets it in turn, and others learn that somebody waits', () => {
  const order: string[] = [];
  let calls = 0;
  const slots = new ConnectionSlots(1, () => {
    calls += 1;
  });
  for (const name of ['first', 'second', 'third']) slots.take(() => void order.push(name));
  assert.deepEqual([order, slots.wanted, calls], [['first'], 2, 2]);
  slots.release();
  assert.deepEqual([order, slots.wanted], [['first', 'second'], 1]);
  slots.release();
  slots.release();
  slots.take(() => void order.push('fourth'));
  assert.deepEqual(order, ['first', 'second', 'third', 'fourth']);
});
