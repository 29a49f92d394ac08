import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
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
import { stopClock } from './stopped-clock.ts';

const BODY = Buffer.alloc(600_000, 'crate');
/** of the clients, on a clock that the test moves: how fast the machine is does not matter */
const LIMIT_MS = 1500;
/** far beyond any limit */
const PAUSE_MS = 10 * LIMIT_MS;

/** A budget that is spent until the test opens it. Each reader reads once, and then pauses. */
class ShutBudget extends ByteBudget {
  received = 0;
  #isShut = true;

  constructor() {
    super(budgetMemory(), BODY.length);
  }

  open(): void {
    this.#isShut = false;
  }

  override take(bytes: number): void {
    this.received += bytes;
  }

  override debt(): number {
    return this.#isShut ? 1 : 0;
  }
}

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

interface Download {
  /** The first bytes of the body have come. */
  readonly begun: Promise<void>;
  readonly outcome: Promise<GetOutcome>;
  readonly isOver: () => boolean;
  readonly body: () => Buffer;
}

function get(from: HttpClient, url: string): Download {
  const pieces: Buffer[] = [];
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<GetOutcome>();
  let isOver = false;
  const sink = {
    begin: () => void pieces.splice(0),
    data: (piece: Buffer) => {
      pieces.push(Buffer.from(piece));
      begun.resolve();
    },
  };
  from.get(locationOf(new URL(url)), sink, (outcome) => {
    isOver = true;
    // A failure before the first byte is not waited for.
    begun.resolve();
    ended.resolve(outcome);
  });
  return {
    begun: begun.promise,
    outcome: ended.promise,
    isOver: () => isOver,
    body: () => Buffer.concat(pieces),
  };
}

async function startProxy(t: TestContext): Promise<string> {
  const proxy = await startForwardProxy();
  t.after(() => proxy.close());
  return proxy.url;
}

async function assertWhole({ outcome, body }: Download): Promise<void> {
  const ended = await outcome;
  assert.equal(ended.ok, true, JSON.stringify(ended));
  assert.ok(body().equals(BODY));
}

async function keepsTheBudget(t: TestContext, protocol: Protocol, isProxied: boolean): Promise<void> {
  const registry = await serve(t, protocol);
  const environment: NodeJS.ProcessEnv = isProxied
    ? { HTTPS_PROXY: await startProxy(t), HTTP_PROXY: await startProxy(t) }
    : {};
  const budget = new ShutBudget();
  const pass = stopClock(t);
  const one = await client(t, { budget, environment });
  const first = get(one, `${registry.origin}/a`);
  await first.begun;
  // It has one connection: over HTTP/1.1 the second waits for the first, over our own HTTP/2 it is
  // held with it.
  const second = get(one, `${registry.origin}/b`);
  pass(PAUSE_MS);
  const over = [first, second].filter(({ isOver }) => isOver());
  assert.deepEqual(await Promise.all(over.map(({ outcome }) => outcome)), []);
  assert.ok(budget.received < 2 * BODY.length, `${budget.received} bytes were read`);
  budget.open();
  await Promise.all([assertWhole(first), assertWhole(second)]);
  assert.equal(budget.received, 2 * BODY.length);
}

for (const protocol of ['h2', 'https', 'http'] as const) {
  for (const isProxied of [false, true]) {
    const way = `${protocol}${isProxied ? ' through a proxy' : ''}`;
    test(`a budget is kept over ${way}, and its pauses are no server's fault`, (t) =>
      keepsTheBudget(t, protocol, isProxied));
  }
}

test('a budget does not keep a server that sends nothing from being given up', async (t) => {
  const registry = await serve(t, 'h2');
  const asked = Promise.withResolvers<void>();
  const silent = await startRegistry({
    find: () => BODY,
    protocol: 'h2',
    certificate: await (made ?? makeCertificate()),
    faults: () => {
      asked.resolve();
      return { kind: 'hold', until: new Promise(() => {}) };
    },
  });
  t.after(() => silent.close());
  const budget = new ShutBudget();
  const pass = stopClock(t);
  const one = await client(t, { budget, attemptTimeoutMs: 100 * PAUSE_MS, maxConnections: 2 });
  const busy = get(one, `${registry.origin}/a`);
  const lost = get(one, `${silent.origin}/b`);
  await Promise.all([busy.begun, asked.promise]);
  pass(PAUSE_MS);
  const outcome = await lost.outcome;
  assert.equal(outcome.ok ? undefined : outcome.code, 'idle_timeout');
  assert.equal(busy.isOver(), false);
  budget.open();
  await assertWhole(busy);
});
