import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LineProxy } from './proxy.ts';
import { startLine } from './start-line.ts';

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const one of open.splice(0).reverse()) one.close();
});

async function serve(onSocket: (socket: Socket) => void): Promise<number> {
  const server: Server = createServer({ allowHalfOpen: true }, onSocket).listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(server);
  return (server.address() as AddressInfo).port;
}

async function through(port: number, rttMs: number, rateMbit: number): Promise<[LineProxy, Socket]> {
  const proxy = new LineProxy({ host: '127.0.0.1', port }, { rttMs, rateMbit });
  open.push(proxy);
  const client = connect({ host: '127.0.0.1', port: await proxy.listen(0), allowHalfOpen: true });
  return [proxy, client];
}

test('bytes and the ends of both directions pass, no sooner than the line allows', async () => {
  const port = await serve(
    (socket) => void socket.on('end', () => socket.end('bye')).pipe(socket, { end: false }),
  );
  const start = performance.now();
  const [, client] = await through(port, 40, 8);
  const sent = Buffer.alloc(100_000, 'content');
  client.end(sent);
  assert.deepEqual(await buffer(client), Buffer.concat([sent, Buffer.from('bye')]));
  // Two round trips, the first of which opens the connection, and 100 ms each way at 1,000 bytes
  // per millisecond, in parallel.
  assert.ok(performance.now() - start >= 40 + 40 + 90);
});

test('a line gets faster while it is used', async () => {
  const port = await serve((socket) => void socket.end(Buffer.alloc(10_000_000)));
  const [proxy, client] = await through(port, 2, 1);
  await once(client, 'readable');
  proxy.set({ rateMbit: 0 });
  assert.equal((await buffer(client)).length, 10_000_000);
});

test('a connection that breaks on one side breaks on the other', async () => {
  const port = await serve((socket) => void socket.on('data', () => socket.resetAndDestroy()));
  const [, client] = await through(port, 2, 0);
  client.resume().write('hello');
  const [error] = await once(client, 'error');
  assert.equal((error as NodeJS.ErrnoException).code, 'ECONNRESET');
});

test('what nobody reads is not taken from the server', async () => {
  const total = 200 << 20;
  const chunk = Buffer.alloc(1 << 20);
  let taken = 0;
  const port = await serve((socket) => {
    const send = (): void => {
      while (taken < total && socket.write(chunk)) taken += chunk.length;
      if (taken >= total) socket.end();
    };
    socket.on('drain', () => {
      taken += chunk.length;
      send();
    });
    send();
  });
  const [, client] = await through(port, 2, 0);
  client.pause();
  for (let before = -1; before !== taken; await sleep(100)) before = taken;
  assert.ok(taken < total, `${taken} bytes`);
  let received = 0;
  for await (const piece of client) received += (piece as Buffer).length;
  assert.equal(received, total);
});

test('a line in a process of its own', async (t) => {
  const port = await serve((socket) => void socket.end('hello'));
  const line = await startLine(port, { rttMs: 5, rateMbit: 200 });
  t.after(() => line.stop());
  line.set({ rttMs: 0, rateMbit: 0 });
  assert.equal(String(await buffer(connect(line.port, '127.0.0.1').end())), 'hello');
});
