import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { errorCode } from '@crates-mirror/errors';
import { makeCertificate } from '@crates-mirror/sample-registry';
import { tunnelThrough } from './tunnel.ts';

type OnConnect = (request: IncomingMessage, socket: Socket) => void;

async function listen(t: TestContext, server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function startProxy(t: TestContext, onConnect: OnConnect, server: Server = createServer()) {
  server.on('connect', onConnect);
  return `127.0.0.1:${await listen(t, server)}`;
}

function open(url: string, authority = 'example.org:443'): Promise<Socket | Error> {
  return new Promise((resolve) => {
    tunnelThrough({ url, variable: 'HTTPS_PROXY' })(authority, resolve);
  });
}

async function firstBytes(result: Socket | Error): Promise<string> {
  assert.ok(!(result instanceof Error), String(result));
  const [chunk] = await once(result, 'data');
  result.destroy();
  return String(chunk);
}

test('CONNECT names the server and the credentials of the proxy', async (t) => {
  const asked: unknown[] = [];
  const proxy = await startProxy(t, ({ url, headers }, socket) => {
    asked.push([url, headers.host, headers['proxy-authorization'], headers.authorization]);
    socket.end('HTTP/1.1 200 Fine\r\n\r\nhello');
  });
  assert.equal(await firstBytes(await open(`http://${proxy}`, '[::1]:8443')), 'hello');
  assert.equal(await firstBytes(await open(`http://us%20er:p%40ss@${proxy}`)), 'hello');
  const basic = `Basic ${Buffer.from('us er:p@ss').toString('base64')}`;
  assert.deepEqual(asked, [
    ['[::1]:8443', '[::1]:8443', undefined, undefined],
    ['example.org:443', 'example.org:443', basic, undefined],
  ]);
});

test('a proxy may be spoken to over TLS, by a certificate that the system trusts', async (t) => {
  const certificate = await makeCertificate();
  const onConnect: OnConnect = (_, socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nhello');
  const url = `https://${await startProxy(t, onConnect, createHttpsServer(certificate))}`;
  const refused = await open(url);
  assert.equal(errorCode(refused), 'proxy_unreachable');
  const trusted = getCACertificates();
  t.after(() => setDefaultCACertificates(trusted));
  setDefaultCACertificates([...trusted, certificate.cert]);
  assert.equal(await firstBytes(await open(url)), 'hello');
});

test('a proxy that refuses, hangs up or is not there is named, without its password', async (t) => {
  const table: [onConnect: OnConnect, code: string, message: RegExp][] = [
    [
      (_, socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'),
      'proxy_refused',
      /^the proxy http:\/\/\*\*\*@[\d.:]+ \(HTTPS_PROXY\) answers CONNECT with 407 Proxy Authentication Required$/,
    ],
    [(_, socket) => socket.end('HTTP/1.1 502\r\n\r\n'), 'proxy_refused', /with 502$/],
    [(_, socket) => socket.destroy(), 'proxy_unreachable', /cannot be reached: socket hang up$/],
    [(_, socket) => socket.end('SSH-2.0\r\n'), 'proxy_unreachable', /cannot be reached: Parse Error/],
  ];
  for (const [onConnect, code, message] of table) {
    const result = await open(`http://user:secret@${await startProxy(t, onConnect)}`);
    assert.ok(result instanceof Error);
    assert.equal(errorCode(result), code);
    assert.match(result.message, message);
    assert.doesNotMatch(result.message, /secret/);
  }
});

test('a tunnel that is given up is not reported, and its connection ends', async (t) => {
  const connected = Promise.withResolvers<Socket>();
  const server = createTcpServer((socket) => connected.resolve(socket.on('error', () => {}).resume()));
  const url = `http://127.0.0.1:${await listen(t, server)}`;
  const cancel = tunnelThrough({ url, variable: 'HTTPS_PROXY' })('example.org:443', () => {
    assert.fail('given up');
  });
  const socket = await connected.promise;
  const ended = once(socket, 'close');
  cancel();
  await ended;
});
