import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { budgetMemory } from '@crates-mirror/h2-get/budget';
import {
  type Certificate,
  makeCertificate,
  type Protocol,
  type RunningRegistry,
  startForwardProxy,
  startRegistry,
} from '@crates-mirror/sample-registry';
import { ByteBudget, type GetOutcome, HttpClient, type HttpClientOptions } from './index.ts';
import { locationOf } from './redirect.ts';

const RATE = 800_000;
/** bytes of debt before anything is read: reading is held for longer than any time limit below */
const OWED = 2.5 * RATE;
const BODY = Buffer.alloc(600_000, 'crate');
const LIMIT_MS = 1500;
/** ms of unused budget that may be used later */
const BURST_MS = 100;
const now = (): number => Number(process.hrtime.bigint()) / 1e6;

let made: Promise<Certificate> | undefined;

async function serve(t: TestContext, protocol: Protocol, body = BODY): Promise<RunningRegistry> {
  made ??= makeCertificate();
  const registry = await startRegistry({ find: () => body, protocol, certificate: await made });
  t.after(() => registry.close());
  return registry;
}

async function client(t: TestContext, options: Partial<HttpClientOptions>): Promise<HttpClient> {
  const one = new HttpClient({
    userAgent: 'test/1',
    connectTimeoutMs: 60_000,
    idleTimeoutMs: LIMIT_MS,
    attemptTimeoutMs: LIMIT_MS,
    maxConnections: 1,
    ca: (await made)?.cert ?? '',
    environment: {},
    ...options,
  });
  t.after(() => one.destroy());
  return one;
}

interface Got {
  readonly outcome: GetOutcome;
  readonly body: Buffer;
}

function get(from: HttpClient, url: string): Promise<Got> {
  const pieces: Buffer[] = [];
  const sink = {
    begin: () => void pieces.splice(0),
    data: (piece: Buffer) => void pieces.push(Buffer.from(piece)),
  };
  return new Promise((resolve) =>
    from.get(locationOf(new URL(url)), sink, (outcome) => resolve({ outcome, body: Buffer.concat(pieces) })),
  );
}

async function startProxy(t: TestContext): Promise<string> {
  const proxy = await startForwardProxy();
  t.after(() => proxy.close());
  return proxy.url;
}

async function keepsTheRate(t: TestContext, protocol: Protocol, isProxied: boolean): Promise<void> {
  const registry = await serve(t, protocol);
  const environment: NodeJS.ProcessEnv = isProxied
    ? { HTTPS_PROXY: await startProxy(t), HTTP_PROXY: await startProxy(t) }
    : {};
  const budget = new ByteBudget(budgetMemory(), RATE);
  budget.take(OWED, now());
  const one = await client(t, { budget, environment });
  const since = now();
  // Over HTTP/1.1, with one connection, the second waits for the first.
  const bodies = await Promise.all([get(one, `${registry.origin}/a`), get(one, `${registry.origin}/b`)]);
  const ms = now() - since;
  for (const { outcome, body } of bodies) {
    assert.equal(outcome.ok, true, JSON.stringify(outcome));
    assert.ok(body.equals(BODY));
  }
  // There is no wait after the last read.
  const least = (1000 * (2 * BODY.length - (64 << 10))) / RATE - BURST_MS;
  assert.ok(ms > least, `${ms} ms instead of ${least}`);
}

const CASES = [
  ['h2', false],
  ['https', false],
  ['http', false],
  ['h2', true],
  ['https', true],
  ['http', true],
] as const;

describe('a limited rate', { concurrency: true }, () => {
  for (const [protocol, isProxied] of CASES)
    test(`is kept over ${protocol}${isProxied ? ' through a proxy' : ''}, and its pauses are no server's fault`, (t) =>
      keepsTheRate(t, protocol, isProxied));

  test('does not keep a server that sends nothing from being given up', async (t) => {
    const registry = await serve(t, 'h2', Buffer.alloc(3_000_000));
    const silent = await startRegistry({
      find: () => BODY,
      protocol: 'h2',
      certificate: await (made ?? makeCertificate()),
      faults: () => ({ kind: 'hold', until: new Promise(() => {}) }),
    });
    t.after(() => silent.close());
    const budget = new ByteBudget(budgetMemory(), RATE / 4);
    const one = await client(t, { budget, attemptTimeoutMs: 600_000, maxConnections: 2 });
    const busy = get(one, `${registry.origin}/a`);
    const first = await Promise.race([busy.then(() => 'busy'), get(one, `${silent.origin}/b`)]);
    assert.ok(typeof first !== 'string', 'the silent one is found out first');
    assert.deepEqual(first.outcome.ok ? undefined : first.outcome.code, 'idle_timeout');
  });
});
