import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HttpClient } from '@crates-mirror/http-client';
import {
  makeCertificate,
  type Protocol,
  type RegistryOptions,
  startRegistry,
} from '@crates-mirror/upstream-server';
import type { Candidate } from './candidate.ts';
import { SizeRequests } from './size-requests.ts';

const SIZES: Readonly<Record<string, number>> = { '/empty': 0, '/one': 1, '/some': 5000, '/large': 3 << 20 };
const certificate = await makeCertificate();

/** Requests all sizes from a server, and that of a file that it does not have. */
async function sizesFrom(protocol: Protocol, options: Partial<RegistryOptions>) {
  const asked: string[] = [];
  const registry = await startRegistry({
    find: (path) => (path in SIZES ? Buffer.alloc(SIZES[path] as number) : undefined),
    protocol,
    certificate,
    onRequest: ({ method, url }) => asked.push(`${method} ${url}`),
    ...options,
  });
  const client = new HttpClient({
    userAgent: 'test',
    connectTimeoutMs: 10_000,
    idleTimeoutMs: 10_000,
    attemptTimeoutMs: 10_000,
    maxConnections: 4,
    ca: certificate.cert,
    environment: {},
  });
  try {
    const candidates = [...Object.keys(SIZES), '/missing'].map((path): Candidate => {
      const crate = { rank: 0, name: 'a', version: '1.0.0', sha256: undefined };
      return { ...crate, url: `${registry.origin}${path}`, origin: registry.origin };
    });
    const requests = new SizeRequests({
      client,
      backoff: { retries: 1, baseMs: 1, maxMs: 1 },
      signal: new AbortController().signal,
    });
    const { sizes, missing, failed } = await requests.ask(candidates);
    return { sizes: sizes.sort((one, other) => one - other), missing, failed, asked };
  } finally {
    await client.destroy();
    await registry.close();
  }
}

const EXPECTED = { sizes: [0, 0, 1, 5000, 3 << 20], missing: 1, failed: 0 };

for (const protocol of ['h2', 'http'] as const) {
  test(`sizes are asked for by HEAD over ${protocol}`, async () => {
    const { asked, ...sizes } = await sizesFrom(protocol, {});
    assert.deepEqual(sizes, EXPECTED);
    assert.ok(asked.every((request) => request.startsWith('HEAD ')));
  });

  for (const head of [403, 405, 501])
    test(`where HEAD is refused by ${head} over ${protocol}, a GET of the first byte says the size`, async () => {
      const { asked, ...sizes } = await sizesFrom(protocol, { head });
      assert.deepEqual(sizes, EXPECTED);
      const gets = asked.filter((request) => request.startsWith('GET '));
      assert.deepEqual(
        gets.sort(),
        Object.keys(SIZES)
          .map((path) => `GET ${path}`)
          .sort(),
      );
    });

  test(`a server that sends the whole instead of a byte is stopped over ${protocol}`, async () => {
    const { asked: _, ...sizes } = await sizesFrom(protocol, { head: 405, range: false });
    assert.deepEqual(sizes, EXPECTED);
  });
}
