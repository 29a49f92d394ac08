import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { startFaultyProxy } from './index.ts';

test('requests pass, are refused with an S3 error, or break off, and all are noted', async (t) => {
  const store = createServer((request, reply) => {
    request.resume().once('end', () => reply.end(`${request.method} ${request.url}`));
  });
  store.listen(0, '127.0.0.1');
  await once(store, 'listening');
  t.after(() => store.close());
  const proxy = await startFaultyProxy(t, `http://127.0.0.1:${(store.address() as AddressInfo).port}`);
  const put = (query: string): Promise<Response> =>
    fetch(`${proxy.endpoint}/bucket/key${query}`, { method: 'PUT', body: 'x' });
  proxy.fault = (_, query) => {
    if (query.has('slow')) return { status: 503, word: 'SlowDown' };
    if (query.has('half')) return 'half';
    return query.has('cut') ? 'cut' : 'pass';
  };
  assert.equal(await (await put('?partNumber=1')).text(), 'PUT /bucket/key?partNumber=1');
  const refused = await put('?slow');
  assert.equal(refused.status, 503);
  assert.match(await refused.text(), /<Code>SlowDown<\/Code>/);
  await assert.rejects(put('?cut'), TypeError);
  await assert.rejects(
    put('?half').then((half) => half.text()),
    TypeError,
  );
  assert.deepEqual(proxy.seen, Array(4).fill('PUT /bucket/key'));
});
