import assert from 'node:assert/strict';
import { registerHooks } from 'node:module';
import { test } from 'node:test';
import { HttpClient } from './index.ts';
import type { GetOutcome } from './outcome.ts';

for (const [name, file, origin] of [
  ['HTTP/2', '/h2-get/origin', 'https://127.0.0.1:1'],
  ['undici', '/undici-transport.ts', 'http://127.0.0.1:1'],
] as const) {
  test(`where ${name} cannot be loaded, the next attempt may find it`, () => findsItLater(file, origin));
}

async function findsItLater(file: string, origin: string): Promise<void> {
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      if (specifier.endsWith(file)) throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
      return next(specifier, context);
    },
  });
  const client = new HttpClient({
    userAgent: 'test',
    // A busy machine may need seconds to load the modules.
    connectTimeoutMs: 60_000,
    idleTimeoutMs: 60_000,
    attemptTimeoutMs: 60_000,
    maxConnections: 1,
    environment: {},
  });
  const sink = { begin: () => {}, data: () => {} };
  // Port 1 has no listener.
  const get = (): Promise<GetOutcome> =>
    new Promise((resolve) => client.get({ origin, path: '/' }, sink, resolve));
  const first = await get();
  assert.ok(!first.ok);
  assert.deepEqual([first.kind, first.code], ['connection_lost', 'EMFILE']);
  hooks.deregister();
  const second = await get();
  assert.ok(!second.ok);
  assert.deepEqual([second.kind, second.code], ['connect', 'ECONNREFUSED']);
  await client.destroy();
}
