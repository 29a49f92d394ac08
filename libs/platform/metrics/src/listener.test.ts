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

/** Sends raw bytes. @returns all that came back until the server ended the connection */
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

test('closing tells handlers that it is time to go', async () => {
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
