import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type Handler, jsonReply, openListener, textReply } from './index.ts';

async function open(t: TestContext, routes: Record<string, Handler>): Promise<string> {
  const listener = await openListener({
    address: { host: '127.0.0.1', port: 0 },
    option: '--listen',
    routes: new Map(Object.entries(routes)),
  });
  t.after(() => listener.close());
  return listener.authority;
}

/** Sends raw bytes. @returns everything received until the server closed the connection */
async function raw(authority: string, request: string): Promise<string> {
  const [host, port] = authority.split(':') as [string, string];
  const socket = connect(Number(port), host);
  socket.write(request);
  let reply = '';
  socket.on('data', (data) => {
    reply += data;
  });
  await once(socket, 'close');
  return reply;
}

test('GET and HEAD are answered, nothing is cached, anything else is refused', async (t) => {
  const authority = await open(t, { '/a': ({ query }) => jsonReply({ x: query.get('x') }) });
  const get = await fetch(`http://${authority}/a?x=1%202`);
  assert.equal(await get.text(), '{"x":"1 2"}\n');
  assert.deepEqual(
    ['cache-control', 'x-content-type-options', 'content-type'].map((name) => get.headers.get(name)),
    ['no-store', 'nosniff', 'application/json'],
  );
  const head = await fetch(`http://${authority}/a`, { method: 'HEAD' });
  assert.deepEqual([head.status, await head.text()], [200, '']);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const refused = await fetch(`http://${authority}/a`, { method });
    assert.deepEqual(
      [refused.status, refused.headers.get('allow'), await refused.text()],
      [405, 'GET, HEAD', 'only GET and HEAD\n'],
      method,
    );
  }
});

test('an unknown path says what there is; paths are taken to the letter', async (t) => {
  const authority = await open(t, { '/a': () => textReply(200, 'a'), '/b': () => textReply(200, 'b') });
  for (const path of ['/', '/A', '/a/', '//a', '/%61']) {
    const reply = await fetch(`http://${authority}${path}`);
    assert.deepEqual([reply.status, await reply.text()], [404, 'nothing here; there is /a /b\n'], path);
  }
});

test('on loopback a page from elsewhere gets nothing, whatever name it has for this machine', async (t) => {
  const authority = await open(t, { '/': () => textReply(200, 'here') });
  const [, port] = authority.split(':') as [string, string];
  const ask = async (lines: string): Promise<string> =>
    (await raw(authority, `GET / HTTP/1.1\r\n${lines}Connection: close\r\n\r\n`)).split('\r\n')[0] as string;
  for (const host of [authority, 'localhost', `LOCALHOST:${port}`, '[::1]:1', '192.168.0.9:80'])
    assert.equal(await ask(`Host: ${host}\r\n`), 'HTTP/1.1 200 OK', host);
  for (const host of [
    'evil.example',
    `evil.example:${port}`,
    'localhost.evil.example',
    '127.0.0.1.evil.example',
  ])
    assert.equal(await ask(`Host: ${host}\r\n`), 'HTTP/1.1 421 Misdirected Request', host);
  const from = (site: string, mode: string): string =>
    `Host: ${authority}\r\nSec-Fetch-Site: ${site}\r\nSec-Fetch-Mode: ${mode}\r\n`;
  assert.equal(await ask(from('cross-site', 'no-cors')), 'HTTP/1.1 403 Forbidden');
  assert.equal(await ask(from('same-site', 'cors')), 'HTTP/1.1 403 Forbidden');
  assert.equal(await ask(from('cross-site', 'navigate')), 'HTTP/1.1 200 OK', 'a link that was followed');
  assert.equal(await ask(from('same-origin', 'cors')), 'HTTP/1.1 200 OK');
});

test('a listener for everybody answers to any name', async (t) => {
  const listener = await openListener({
    address: { host: '0.0.0.0', port: 0 },
    option: '--listen',
    routes: new Map([['/', () => textReply(200, 'here')]]),
  });
  t.after(() => listener.close());
  const authority = listener.authority.replace('0.0.0.0', '127.0.0.1');
  const reply = await raw(authority, 'GET / HTTP/1.1\r\nHost: mirror.example\r\nConnection: close\r\n\r\n');
  assert.match(reply, /^HTTP\/1\.1 200 /);
});

test('a connection has so many requests, also where nobody reads the answers', async (t) => {
  const authority = await open(t, { '/': () => textReply(200, 'here') });
  const request = `GET / HTTP/1.1\r\nHost: ${authority}\r\n\r\n`;
  const reply = await raw(authority, request.repeat(1000));
  assert.ok((reply.match(/^HTTP\/1\.1 200/gm) ?? []).length <= 20);
  assert.equal(await (await fetch(`http://${authority}/`)).text(), 'here\n', 'others are answered');
});

test('a handler that fails is a 500 without a stack', async (t) => {
  const authority = await open(t, {
    '/': () => {
      throw new Error('broken');
    },
  });
  const reply = await fetch(`http://${authority}/`);
  assert.deepEqual([reply.status, await reply.text()], [500, 'broken\n']);
});

test('headers beyond the limit end the connection, and the listener goes on', async (t) => {
  const authority = await open(t, { '/': () => textReply(200, 'here') });
  const reply = await raw(authority, `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(10_000)}\r\n\r\n`);
  assert.match(reply, /^HTTP\/1\.1 431 /);
  assert.equal(await (await fetch(`http://${authority}/`)).text(), 'here\n');
});

test('closing notifies handlers that it is time to go', async () => {
  let signal: AbortSignal | undefined;
  const listener = await openListener({
    address: { host: '127.0.0.1', port: 0 },
    option: '--listen',
    routes: new Map([
      [
        '/',
        (request) => {
          signal = request.signal;
          return new Promise((resolve) => {
            request.signal.addEventListener('abort', () => resolve(textReply(200, 'cut short')));
          });
        },
      ],
    ]),
  });
  const reply = fetch(`http://${listener.authority}/`).then((response) => response.text());
  while (signal === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  await listener.close();
  assert.equal(await reply, 'cut short\n');
});
