import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { AddressInfo, Server, Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { makeCertificate } from '@crates-mirror/sample-registry';
import { type GetOutcome, HttpClient } from './index.ts';

const NO_SINK = { begin(): void {}, data(): void {} };

async function portOf(t: TestContext, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

function newClient(t: TestContext, ca?: string): HttpClient {
  const client = new HttpClient({
    userAgent: 'test',
    connectTimeoutMs: 5000,
    idleTimeoutMs: 30_000,
    attemptTimeoutMs: 60_000,
    maxConnections: 4,
    environment: {},
    ...(ca === undefined ? {} : { ca }),
  });
  t.after(() => client.destroy());
  return client;
}

function get(client: HttpClient, origin: string): Promise<GetOutcome> {
  return new Promise((resolve) => client.get({ origin, path: '/f' }, NO_SINK, resolve));
}

test('a request that an HTTP/2 connection misdirects goes over another one', async (t) => {
  const certificate = await makeCertificate();
  const versions: string[] = [];
  const answer = (request: Http2ServerRequest, response: Http2ServerResponse): void => {
    versions.push(request.httpVersion);
    response.statusCode = request.httpVersion === '2.0' ? 421 : 200;
    response.end('hello');
  };
  const port = await portOf(t, createSecureServer({ ...certificate, allowHTTP1: true }, answer));
  const client = newClient(t, certificate.cert);
  const outcome = await get(client, `https://127.0.0.1:${port}`);
  assert.deepEqual([outcome.ok, versions], [true, ['2.0', '1.1']]);
  // The status concerns one request: the origin keeps using HTTP/2.
  await get(client, `https://127.0.0.1:${port}`);
  assert.equal(versions[2], '2.0');
});

test('a request that an HTTP/1.1 connection misdirects goes over a fresh one, once', async (t) => {
  const first = new Set<Socket>();
  let mayServe = true;
  let requests = 0;
  const answer: RequestListener = ({ socket }, response) => {
    requests += 1;
    if (first.size === 0) first.add(socket);
    response.statusCode = mayServe && !first.has(socket) ? 200 : 421;
    response.end('hello');
  };
  const port = await portOf(t, createServer(answer));
  const client = newClient(t);
  assert.equal((await get(client, `http://127.0.0.1:${port}`)).ok, true);
  mayServe = false;
  requests = 0;
  const outcome = await get(client, `http://127.0.0.1:${port}`);
  assert.ok(!outcome.ok);
  assert.deepEqual([outcome.kind, outcome.code, requests], ['http_status', 'http_421', 2]);
});
