import assert from 'node:assert/strict';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, before, test } from 'node:test';
import {
  type Certificate,
  type Fault,
  faultsByPath,
  freePort,
  makeCertificate,
  type Protocol,
  type RegistryOptions,
  type RunningRegistry,
  startForwardProxy,
  startRegistry,
} from '@crates-mirror/sample-registry';
import {
  type BodySink,
  type GetFailure,
  type GetOutcome,
  HttpClient,
  type HttpClientOptions,
  proxiesOf,
} from './index.ts';
import { locationOf } from './redirect.ts';
import { stopClock } from './stopped-clock.ts';

const BODY = Buffer.alloc(100_000, 'crate');
let certificate: Certificate;
const open: { close(): unknown }[] = [];

before(async () => {
  certificate = await makeCertificate();
});
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function serve(options: Partial<RegistryOptions> = {}): Promise<RunningRegistry> {
  const find = (path: string) => (path.startsWith('/f') ? BODY : undefined);
  const registry = await startRegistry({ find, protocol: 'h2', certificate, ...options });
  open.push(registry);
  return registry;
}

function client(options: Partial<HttpClientOptions> = {}): HttpClient {
  const one = new HttpClient({
    userAgent: 'test/1',
    // Only tests of timeouts have short ones: a busy machine may need seconds for a response.
    connectTimeoutMs: 60_000,
    idleTimeoutMs: 60_000,
    attemptTimeoutMs: 120_000,
    maxConnections: 8,
    ca: certificate.cert,
    environment: {},
    ...options,
  });
  open.push({ close: () => one.destroy() });
  return one;
}

class Collector implements BodySink {
  chunks: Buffer[] = [];
  begun = 0;
  length: number | undefined;
  begin(length: number | undefined): void {
    this.begun += 1;
    this.length = length;
    this.chunks = [];
  }
  data(chunk: Buffer): void {
    this.chunks.push(Buffer.from(chunk));
  }
  get body(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

function get(from: HttpClient, url: string, sink: BodySink = new Collector()): Promise<GetOutcome> {
  return new Promise((resolve) => from.get(locationOf(new URL(url)), sink, resolve));
}

async function getFailure(from: HttpClient, url: string): Promise<GetFailure> {
  const outcome = await get(from, url);
  assert.equal(outcome.ok, false);
  return outcome as GetFailure;
}

test('a body arrives whole over every protocol', async () => {
  for (const protocol of ['h2', 'https', 'http'] satisfies Protocol[]) {
    const versions: string[] = [];
    const registry = await serve({ protocol, onRequest: (request) => versions.push(request.httpVersion) });
    const sink = new Collector();
    assert.deepEqual(await get(client(), `${registry.origin}/f`, sink), {
      ok: true,
      bytes: BODY.length,
      contentType: undefined,
      contentEncoding: undefined,
    });
    assert.ok(sink.body.equals(BODY));
    assert.equal(sink.length, BODY.length);
    assert.deepEqual(versions, [protocol === 'h2' ? '2.0' : '1.1']);
  }
});

test('a HEAD gets the length of a body over every protocol, and no body', async () => {
  for (const protocol of ['h2', 'https', 'http'] satisfies Protocol[]) {
    const methods: (string | undefined)[] = [];
    const registry = await serve({ protocol, onRequest: (request) => methods.push(request.method) });
    const sink = new Collector();
    const location = locationOf(new URL(`${registry.origin}/f`));
    const outcome = await new Promise<GetOutcome>((resolve) => client().head(location, sink, resolve));
    assert.deepEqual([outcome.ok, outcome.bytes], [true, 0]);
    assert.deepEqual([sink.begun, sink.length, sink.body.length], [1, BODY.length, 0]);
    assert.deepEqual(methods, ['HEAD']);
  }
});

test('many requests share few HTTP/2 connections, and the header says who asks', async () => {
  const agents = new Set<string | undefined>();
  const registry = await serve({ onRequest: (request) => agents.add(request.headers['user-agent']) });
  const one = client();
  const outcomes = await Promise.all(
    Array.from({ length: 300 }, (_, i) => get(one, `${registry.origin}/f${i}`)),
  );
  assert.ok(outcomes.every((outcome) => outcome.ok));
  assert.ok(registry.connections <= 5, `${registry.connections} connections`);
  assert.deepEqual([...agents], ['test/1']);
});

test('HTTP/1.1 gets as many connections as it may', async (t) => {
  const pass = stopClock(t);
  const registry = await serve({ protocol: 'https', faults: () => ({ kind: 'delay', ms: 20 }) });
  const one = client({ maxConnections: 4 });
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, (_, i) => get(one, `${registry.origin}/f${i}`)),
  );
  assert.ok(outcomes.every((outcome) => outcome.ok));
  // One of them found that the server has no HTTP/2.
  assert.equal(registry.connections, 4 + 1);
  // Longer than an idle origin is remembered: the lack of HTTP/2 is not detected again.
  pass(600);
  assert.ok((await get(one, `${registry.origin}/f`)).ok);
  assert.equal(registry.connections, 4 + 1);
});

test('what waits to be sent can be withdrawn, what was sent is received', async () => {
  for (const [protocol, most] of [
    ['h2', 64],
    ['http', 1],
  ] as const) {
    const withdrawn = Promise.withResolvers<void>();
    const registry = await serve({ protocol, faults: () => ({ kind: 'hold', until: withdrawn.promise }) });
    const one = client({ maxConnections: 1 });
    const outcomes = Array.from({ length: most + 20 }, (_, i) => get(one, `${registry.origin}/f${i}`));
    while (registry.requests < most) await new Promise((resolve) => setTimeout(resolve, 5));
    one.withdrawUnsent();
    withdrawn.resolve();
    const kinds = (await Promise.all(outcomes)).map((outcome) => (outcome.ok ? 'ok' : outcome.kind));
    assert.deepEqual(kinds, [...Array(most).fill('ok'), ...Array(20).fill('withdrawn')], protocol);
    assert.equal(registry.requests, most);
    assert.ok((await get(one, `${registry.origin}/f`)).ok);
  }
});

test('every fault has its kind', async () => {
  const table: [Fault, Partial<Record<Protocol, string>>][] = [
    [{ kind: 'truncate' }, { h2: 'truncated', https: 'connection_lost' }],
    [{ kind: 'extra' }, { h2: 'overlong' }],
    [{ kind: 'reset' }, { h2: 'connection_lost', https: 'connection_lost' }],
    [{ kind: 'stall' }, { h2: 'timeout', https: 'timeout' }],
    [{ kind: 'refuse' }, { https: 'connection_lost' }],
    [
      { kind: 'status', status: 503 },
      { h2: 'http_status', https: 'http_status' },
    ],
  ];
  for (const [fault, kinds] of table) {
    for (const [protocol, kind] of Object.entries(kinds) as [Protocol, string][]) {
      const registry = await serve({ protocol, faults: () => fault });
      const timeouts = fault.kind === 'stall' ? { idleTimeoutMs: 300 } : {};
      const failure = await getFailure(client(timeouts), `${registry.origin}/f`);
      assert.match(
        failure.kind,
        new RegExp(`^(${kind})$`),
        `${fault.kind} over ${protocol}: ${failure.message}`,
      );
      assert.doesNotMatch(failure.message, /\n/);
    }
  }
});

test('a stream refused once is served by a second try of the transport', async () => {
  const registry = await serve({ faults: faultsByPath({ '/f': [{ kind: 'refuse' }] }) });
  assert.equal((await get(client(), `${registry.origin}/f`)).ok, true);
  assert.equal(registry.requests, 2);
});

test('GOAWAY after every few requests costs connections, not files', async () => {
  const registry = await serve({ goawayEvery: 20 });
  const one = client();
  let failures = 0;
  for (let round = 0; round < 10; round++) {
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, (_, i) => get(one, `${registry.origin}/f${i}`)),
    );
    failures += outcomes.filter((outcome) => !outcome.ok && outcome.kind !== 'connection_lost').length;
  }
  assert.equal(failures, 0);
  assert.ok(registry.connections > 5, `${registry.connections} connections`);
});

test('statuses carry Retry-After; their bodies never reach the sink', async () => {
  const registry = await serve({ faults: () => ({ kind: 'status', status: 429, retryAfter: '7' }) });
  const sink = new Collector();
  const outcome = (await get(client(), `${registry.origin}/f`, sink)) as GetFailure;
  assert.deepEqual(
    [outcome.kind, outcome.code, outcome.status, outcome.retryAfterMs, outcome.message],
    ['http_status', 'http_429', 429, 7000, 'HTTP status 429'],
  );
  assert.equal(sink.begun, 0);
});

test('an endless error page is not read to its end', async () => {
  const registry = await serve({ find: () => undefined, protocol: 'http' });
  const endless = createHttpServer((_, reply) => {
    reply.statusCode = 404;
    const timer = setInterval(() => reply.write(Buffer.alloc(10_000)), 1);
    reply.on('close', () => clearInterval(timer));
  });
  const port = await listen(endless);
  assert.equal((await getFailure(client(), `http://127.0.0.1:${port}/f`)).code, 'http_404');
  assert.equal((await getFailure(client(), `${registry.origin}/x`)).code, 'http_404');
});

test('redirects are followed within limits, and never from https to http', async () => {
  const plain = await serve({ protocol: 'http' });
  const registry = await serve({
    faults: (path, attempt) => {
      if (path === '/start') return { kind: 'redirect', location: '/fine', status: 301 };
      if (path === '/down') return { kind: 'redirect', location: `${plain.origin}/f` };
      if (path === '/file') return { kind: 'redirect', location: 'file:///etc/passwd' };
      if (path === '/loop') return { kind: 'redirect', location: '/loop' };
      return path === '/f' && attempt === 1 ? { kind: 'redirect', location: 'http://[' } : undefined;
    },
  });
  const one = client();
  const sink = new Collector();
  assert.deepEqual(await get(one, `${registry.origin}/start`, sink), {
    ok: true,
    bytes: BODY.length,
    contentType: undefined,
    contentEncoding: undefined,
  });
  assert.equal(sink.begun, 1);
  const table: [string, string][] = [
    ['/down', 'redirect from https to http refused'],
    ['/file', 'redirect to file: refused'],
    ['/loop', 'more than 5 redirects'],
    ['/f', 'redirect to a malformed URL: http://['],
  ];
  for (const [path, message] of table) {
    const failure = await getFailure(one, `${registry.origin}${path}`);
    assert.deepEqual([failure.kind, failure.message], ['redirect', message]);
  }
  assert.equal(plain.requests, 0);
});

test('a redirect with a long page is followed all the same', async () => {
  const registry = await serve({ protocol: 'http' });
  const talkative = createHttpServer((_, reply) => {
    reply.writeHead(302, { location: `${registry.origin}/f` });
    reply.end(Buffer.alloc(200_000));
  });
  const port = await listen(talkative);
  assert.equal((await get(client(), `http://127.0.0.1:${port}/f`)).ok, true);
});

test('proxies may be written without a scheme; anything else is refused', () => {
  assert.equal(proxiesOf({ https_proxy: '127.0.0.1:3128' }).https?.url, 'http://127.0.0.1:3128');
  const { http, https } = proxiesOf({});
  assert.deepEqual([http, https], [undefined, undefined]);
  assert.throws(() => proxiesOf({ HTTP_PROXY: 'http://[' }), /^UsageError: HTTP_PROXY is not a proxy's URL$/);
});

test('a whole attempt has a limit, however busy it looks', async () => {
  const registry = await serve({ faults: () => ({ kind: 'slow', pieces: 1000, pauseMs: 20 }) });
  const failure = await getFailure(client({ attemptTimeoutMs: 600 }), `${registry.origin}/f`);
  assert.deepEqual([failure.kind, failure.code], ['timeout', 'attempt_timeout']);
});

test('HTTP/1.1: what waits for a connection spends none of its time', async (t) => {
  const pass = stopClock(t);
  for (const protocol of ['http', 'https'] satisfies Protocol[]) {
    const registry = await serve({ protocol, onRequest: () => pass(150) });
    const one = client({ maxConnections: 1, idleTimeoutMs: 800, attemptTimeoutMs: 800 });
    const outcomes = await Promise.all(
      Array.from({ length: 16 }, (_, i) => get(one, `${registry.origin}/f${i}`)),
    );
    assert.deepEqual(
      outcomes.filter((outcome) => !outcome.ok),
      [],
    );
  }
});

test('HTTP/1.1: where nothing arrives for anybody, those that wait for a connection fail as well', async () => {
  const registry = await serve({ protocol: 'http', faults: () => ({ kind: 'stall' }) });
  const one = client({ maxConnections: 1, idleTimeoutMs: 500 });
  const failures = await Promise.all([1, 2, 3, 4].map((i) => getFailure(one, `${registry.origin}/f${i}`)));
  assert.deepEqual(
    failures.map(({ code }) => code),
    Array(4).fill('idle_timeout'),
  );
  assert.ok(registry.requests <= 2, `${registry.requests} were sent one after the other`);
});

test('what the receiver throws ends the request and is handed back', async () => {
  const registry = await serve();
  const full = Object.assign(new Error('disk full'), { code: 'ENOSPC' });
  const sink: BodySink = {
    begin() {},
    data() {
      throw full;
    },
  };
  const one = client();
  const outcome = (await get(one, `${registry.origin}/f`, sink)) as GetFailure;
  assert.deepEqual([outcome.kind, outcome.cause], ['sink', full]);
  assert.equal((await get(one, `${registry.origin}/f`)).ok, true);
});

test('no connection, no name, no trust: each is distinguished', async () => {
  const registry = await serve();
  const refused = await getFailure(client(), `https://127.0.0.1:${await freePort()}/f`);
  assert.deepEqual([refused.kind, refused.code], ['connect', 'ECONNREFUSED']);
  const untrusted = await getFailure(client({ ca: (await makeCertificate()).cert }), `${registry.origin}/f`);
  assert.equal(untrusted.kind, 'tls', untrusted.code);
  assert.doesNotMatch(untrusted.message, /Node/);
  const silent = createServer();
  const port = await listen(silent);
  const timedOut = await getFailure(client({ connectTimeoutMs: 300 }), `https://127.0.0.1:${port}/f`);
  assert.deepEqual([timedOut.kind, timedOut.code], ['connect', 'connect_timeout']);
  const patient = client({ connectTimeoutMs: 600, idleTimeoutMs: 100 });
  assert.equal((await getFailure(patient, `https://127.0.0.1:${port}/f`)).code, 'connect_timeout');
});

test('many requests to a server that is gone fail one by one, over whatever protocol', async () => {
  const port = await freePort();
  for (const scheme of ['http', 'https']) {
    const one = client({ maxConnections: 2 });
    const failures = await Promise.all(
      Array.from({ length: 50 }, (_, i) => getFailure(one, `${scheme}://127.0.0.1:${port}/f${i}`)),
    );
    assert.deepEqual(new Set(failures.map(({ code }) => code)), new Set(['ECONNREFUSED']));
  }
});

test('a server that hangs up in its sleep costs one failure, then a new connection', async () => {
  const registry = await serve({ port: await freePort() });
  const one = client();
  assert.equal((await get(one, `${registry.origin}/f`)).ok, true);
  await registry.close();
  const failure = await getFailure(one, `${registry.origin}/f`);
  assert.match(failure.kind, /^(connect|connection_lost)$/);
  await serve({ port: registry.port });
  assert.equal((await get(one, `${registry.origin}/f`)).ok, true);
});

test('a proxy named by the environment is used, with HTTP/2 inside its tunnel; NO_PROXY is kept', async () => {
  const versions: string[] = [];
  const registry = await serve({ onRequest: (request) => versions.push(request.httpVersion) });
  const { url, tunnels, close } = await startForwardProxy();
  open.push({ close });
  const environment = { HTTPS_PROXY: url };
  assert.equal((await get(client({ environment }), `${registry.origin}/f`)).ok, true);
  assert.deepEqual([tunnels, versions], [[`127.0.0.1:${registry.port}`], ['2.0']]);
  assert.equal(
    (await get(client({ environment: { ...environment, NO_PROXY: '127.0.0.1' } }), `${registry.origin}/f`))
      .ok,
    true,
  );
  assert.equal(tunnels.length, 1);
  const forHttpOnly = client({ environment: { HTTP_PROXY: url } });
  assert.equal((await get(forHttpOnly, `${registry.origin}/f`)).ok, true);
  assert.equal(tunnels.length, 1);
});

test('through a proxy, a server without HTTP/2 is sent HTTP/1.1, in a tunnel for https', async () => {
  const { url, tunnels, close } = await startForwardProxy();
  open.push({ close });
  const one = client({ environment: { HTTPS_PROXY: url, HTTP_PROXY: url } });
  for (const protocol of ['https', 'http'] satisfies Protocol[]) {
    const versions: string[] = [];
    const registry = await serve({ protocol, onRequest: (request) => versions.push(request.httpVersion) });
    const sink = new Collector();
    assert.equal((await get(one, `${registry.origin}/f`, sink)).ok, true);
    assert.ok(sink.body.equals(BODY));
    assert.deepEqual(versions, ['1.1']);
    // The first tunnel finds that there is no HTTP/2.
    if (protocol === 'https') assert.deepEqual(tunnels, Array(2).fill(`127.0.0.1:${registry.port}`));
  }
  assert.equal(tunnels.length, 2);
});

test('a proxy that never answers is not waited for', async () => {
  const proxy = createHttpServer();
  proxy.on('connect', (_, socket: Socket) => socket.on('error', () => {}));
  const environment = { HTTPS_PROXY: `http://127.0.0.1:${await listen(proxy)}` };
  const failure = await getFailure(client({ environment, connectTimeoutMs: 300 }), 'https://127.0.0.1:1/f');
  assert.equal(failure.code, 'connect_timeout');
});

test('a destroyed client ends its requests', async () => {
  const registry = await serve({ faults: () => ({ kind: 'stall' }) });
  const one = client();
  const pending = getFailure(one, `${registry.origin}/f`);
  setTimeout(() => void one.destroy(), 100);
  assert.equal((await pending).ok, false);
});

function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  open.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  );
}
