import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, createServer as createNetServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { UsageError } from '@crates-mirror/errors';
import { listen } from './index.ts';

const ANY_PORT = { host: '127.0.0.1', port: 0 };

test('a port in use and a foreign address are one clear line each', async () => {
  const taken = await listen(createNetServer(), ANY_PORT, '--listen');
  try {
    await assert.rejects(
      listen(createServer(), taken.address, '--listen'),
      new UsageError(`--listen: cannot listen on ${taken.authority}: the port is in use`, {
        hint: 'Another program listens there; stop it, or choose another port',
      }),
    );
  } finally {
    await taken.close(0);
  }
  await assert.rejects(
    listen(createServer(), { host: '192.0.2.1', port: 9 }, '--listen'),
    new UsageError('--listen: cannot listen on 192.0.2.1:9: no such address here', {
      hint: 'This machine does not have that address; 0.0.0.0 stands for all it has',
    }),
  );
});

test('closing lets a request under way finish, and ends idle connections at once', async () => {
  const server = createServer();
  const listening = await listen(server, ANY_PORT, '--listen');
  const idle = connect(listening.address.port, '127.0.0.1').resume();
  const idleEnded = once(idle, 'close');
  await once(idle, 'connect');
  const answered = once(get({ ...listening.address, agent: false }), 'response');
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse];
  const closed = listening.close(60_000);
  await idleEnded;
  response.end('whole');
  const [answer] = (await answered) as [IncomingMessage];
  assert.equal(await text(answer), 'whole');
  await closed;
});

test('closing does not wait for ever for who never ends', async () => {
  const listening = await listen(createServer(), ANY_PORT, '--listen');
  const socket = connect(listening.address.port, '127.0.0.1').on('error', () => {});
  await once(socket, 'connect');
  socket.write('GET / HTTP/1.1\r\n');
  const ended = new Promise((resolve) => socket.once('close', resolve));
  await listening.close(20);
  await ended;
});
