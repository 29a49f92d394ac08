import assert from 'node:assert/strict';
import { registerHooks } from 'node:module';
import { test } from 'node:test';
import { HttpClient } from './index.ts';
import type { GetOutcome } from './outcome.ts';

test('where HTTP/2 cannot be loaded, the next attempt may find it', async () => {
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      if (specifier.endsWith('/h2/origin.ts'))
        throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
      return next(specifier, context);
    },
  });
  const client = new HttpClient({
    userAgent: 'test',
    connectTimeoutMs: 1000,
    idleTimeoutMs: 1000,
    attemptTimeoutMs: 1000,
    maxConnections: 1,
    environment: {},
  });
  const sink = { begin: () => {}, data: () => {} };
  // Nobody listens on port 1.
  const get = (): Promise<GetOutcome> =>
    new Promise((resolve) => client.get({ origin: 'https://127.0.0.1:1', path: '/' }, sink, resolve));
  const first = await get();
  assert.ok(!first.ok);
  assert.deepEqual([first.kind, first.code], ['connection_lost', 'EMFILE']);
  hooks.deregister();
  const second = await get();
  assert.ok(!second.ok);
  assert.deepEqual([second.kind, second.code], ['connect', 'ECONNREFUSED']);
  await client.destroy();
});
