import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Fault,
  faultsAtRandom,
  freePort,
  makeCertificate,
  serveGenerated,
  sizeProfile,
  startForwardProxy,
  startRegistry,
} from '@crates-mirror/sample-registry';
import { Gate, untilLogged } from '../support/held.ts';
import {
  assertMirrors,
  type RunningTool,
  readTree,
  runTool,
  scratch,
  startTool,
  startUpstream,
} from '../support/tools.ts';

/** A long line, as far as a server can simulate one. */
const FAR: Fault = { kind: 'delay', ms: 200 };
/**
 * A line so long that a busy machine can handle many times as many requests as a run begins with.
 * It stalls before a run over 2,400 files is done.
 */
class LongLine {
  readonly #gate = new Gate(2000);
  #delay: Fault | undefined = { kind: 'delay', ms: 500 };

  readonly faults = (): Fault | undefined => this.#gate.faults() ?? this.#delay;

  /** Sends the rest at once. */
  shorten(): void {
    this.#delay = undefined;
    this.#gate.open();
  }
}
/** A run begins with a known lower limit. */
const GROWN = 'requests at once: 128 (more requests bring more)';
const DEBUG = ['--log-level', 'debug'];

async function grown(tool: RunningTool): Promise<void> {
  while (tool.child.exitCode === null && !tool.stderr().includes(GROWN)) await sleep(10);
  assert.ok(tool.stderr().includes(GROWN), tool.stderr());
}

test('the limit grows on a long line, and log, status and metrics say so', async (t) => {
  const cwd = scratch(t);
  const line = new LongLine();
  const upstream = await startUpstream(t, cwd, { crates: 800, faults: line.faults });
  const tool = startTool(t, 'downloader', [...upstream.args, ...DEBUG, '--listen', ':0'], cwd);
  await grown(tool);
  const url = /profiles: (http:\S+\/)/.exec(tool.stderr())?.[1] ?? '';
  const status = (await (await fetch(`${url}api/status`)).json()) as Record<string, number>;
  // It may be trying a fifth less at the moment.
  assert.ok((status['concurrency'] ?? 0) > 64, String(status['concurrency']));
  const metrics = await (await fetch(`${url}metrics`)).text();
  const limit = Number(/^crates_mirror_concurrency_limit (\d+)$/m.exec(metrics)?.[1]);
  assert.ok(limit > 64, String(limit));
  line.shorten();
  const ended = await tool.ended;
  assert.equal(ended.code, 0, ended.stderr);
  assertMirrors(join(cwd, 'out'), upstream);
});

test('a number of requests stays what it is', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 300, faults: () => FAR });
  const ended = await runTool(t, 'downloader', [...upstream.args, ...DEBUG, '--concurrency', '200'], cwd);
  assert.equal(ended.code, 0, ended.stderr);
  assert.doesNotMatch(ended.stderr, /requests at once/);
});

test('over HTTP/1.1, where each request has a connection, there are 64 of these at most', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 300, protocol: 'https', faults: () => FAR });
  const ended = await runTool(t, 'downloader', [...upstream.args, ...DEBUG], cwd);
  assert.equal(ended.code, 0, ended.stderr);
  assert.ok(upstream.connections <= 2 + 64, `${upstream.connections} connections`);
  assertMirrors(join(cwd, 'out'), upstream);
});

test('the limit grows through a proxy, too', async (t) => {
  const cwd = scratch(t);
  const line = new LongLine();
  const upstream = await startUpstream(t, cwd, { crates: 800, faults: line.faults });
  const proxy = await startForwardProxy();
  t.after(() => proxy.close());
  const environment = { HTTPS_PROXY: proxy.url, NO_PROXY: '' };
  const tool = startTool(t, 'downloader', [...upstream.args, ...DEBUG], cwd, environment);
  await grown(tool);
  line.shorten();
  const ended = await tool.ended;
  assert.equal(ended.code, 0, ended.stderr);
  assert.ok(proxy.tunnels.length > 0);
  assertMirrors(join(cwd, 'out'), upstream);
});

test('over HTTP/1.1, the connections to two servers are shared by one limit', async (t) => {
  const cwd = scratch(t);
  const options = { crates: 150, protocol: 'http', faults: () => FAR } as const;
  const one = await startUpstream(t, cwd, options);
  const find = serveGenerated(sizeProfile(2000));
  const other = await startRegistry({ find, protocol: 'http', faults: () => FAR });
  t.after(() => other.close());
  const names = [...one.files.keys()].map((path) => /(crate-\d+)-0\.1\.0\.crate$/.exec(path)?.[1]);
  const urls = names
    .filter((name) => name !== undefined)
    .map((name, i) => `${(i % 2 === 0 ? one : other).origin}/crates/${name}/${name}-0.1.0.crate`);
  writeFileSync(join(cwd, 'urls.txt'), `${urls.join('\n')}\n`);
  const args = ['--list', 'urls.txt', '--max-connections', '16'];
  const ended = await runTool(t, 'downloader', args, cwd);
  assert.equal(ended.code, 0, ended.stderr);
  assert.equal(readTree(join(cwd, 'out')).size, urls.length);
  assert.ok(one.requests >= 70 && other.requests >= 70, `${one.requests}, ${other.requests}`);
});

test('a stop while the limit grows drains, and the next run completes the mirror', async (t) => {
  const cwd = scratch(t);
  const line = new LongLine();
  const upstream = await startUpstream(t, cwd, { crates: 800, faults: line.faults });
  const tool = startTool(t, 'downloader', [...upstream.args, ...DEBUG], cwd);
  await grown(tool);
  tool.child.kill('SIGTERM');
  await untilLogged(tool, 'SIGTERM: finishing');
  line.shorten();
  const stopped = await tool.ended;
  assert.equal(stopped.code, 130, stopped.stderr);
  const before = readTree(join(cwd, 'out')).size;
  assert.ok(before > 0 && before < 2400, String(before));
  const ended = await runTool(t, 'downloader', upstream.args, cwd);
  assert.equal(ended.code, 0, ended.stderr);
  assertMirrors(join(cwd, 'out'), upstream);
});

test('an upstream that goes away while the limit grows costs no file', async (t) => {
  const cwd = scratch(t);
  const profile = sizeProfile(2000);
  const certificate = await makeCertificate();
  const { faults } = new LongLine();
  const options = { profile, certificate, port: await freePort() };
  const upstream = await startUpstream(t, cwd, { ...options, crates: 800, faults });
  const patience = ['--retries', '1', '--retry-base', '20ms', '--retry-max', '100ms'];
  const tool = startTool(t, 'downloader', [...upstream.args, ...DEBUG, ...patience], cwd);
  await grown(tool);
  await upstream.close();
  await untilLogged(tool, 'Waiting for it');
  const find = serveGenerated(profile);
  const again = await startRegistry({ certificate, find, protocol: 'h2', port: upstream.port });
  t.after(() => again.close());
  const ended = await tool.ended;
  assert.equal(ended.code, 0, ended.stderr);
  assertMirrors(join(cwd, 'out'), upstream);
});

test('with every fault at 5 %, auto brings what a fixed number does', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 150, faults: faultsAtRandom(7, 0.05) });
  for (const concurrency of ['64', 'auto']) {
    const options = ['--retries', '30', '--retry-base', '1ms', '--retry-max', '20ms', '--out', concurrency];
    const args = [...upstream.args, ...options, '--concurrency', concurrency];
    const ended = await runTool(t, 'downloader', args, cwd);
    assert.equal(ended.code, 0, ended.stderr);
    assertMirrors(join(cwd, concurrency), upstream);
  }
});

test('a server that answers 429 above some rate is asked more slowly', async (t) => {
  const cwd = scratch(t);
  const limiter = new TokenBucket(300, 50);
  const upstream = await startUpstream(t, cwd, {
    crates: 400,
    faults: () => (limiter.take() ? undefined : { kind: 'status', status: 429, retryAfter: '1' }),
  });
  const args = [...upstream.args, '--retries', '20', '--retry-base', '10ms'];
  const ended = await runTool(t, 'downloader', args, cwd);
  assert.equal(ended.code, 0, ended.stderr);
  assertMirrors(join(cwd, 'out'), upstream);
  // With 64 concurrent requests, most are refused. How many are refused while the limit is still
  // being searched depends on the machine's speed.
  const { refused, passed } = limiter;
  assert.ok(refused < 0.5 * passed, `${refused} of ${refused + passed} were refused`);
});

class TokenBucket {
  passed = 0;
  refused = 0;
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #at = performance.now();

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
  }

  take(): boolean {
    const now = performance.now();
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#at) / 1000) * this.#perSecond);
    this.#at = now;
    const isLetIn = this.#tokens >= 1;
    if (isLetIn) this.#tokens -= 1;
    this[isLetIn ? 'passed' : 'refused'] += 1;
    return isLetIn;
  }
}
