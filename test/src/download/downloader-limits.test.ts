import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { sizeProfile } from '@crates-mirror/sample-registry';
import { Gate, untilLogged } from '../support/held.ts';
import {
  assertMirrors,
  type RunningTool,
  readTree,
  runTool,
  scratch,
  startTool,
  startUpstream,
  type Upstream,
} from '../support/tools.ts';

/** How much unused budget may be spent at once. */
const BURST_S = 0.1;
const READ = 64 << 10;

function bytesOf(files: ReadonlyMap<string, Buffer>): number {
  return [...files.values()].reduce((sum, { length }) => sum + length, 0);
}

test('--limit-rate: all lanes together receive no more than that', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 25, profile: sizeProfile(20_000) });
  const rate = 2e6;
  const since = performance.now();
  const args = [...upstream.args, '--limit-rate', '2MB', '--log-format', 'json', '--progress-every', '20'];
  const ended = await runTool(t, 'downloader', args, cwd);
  const seconds = (performance.now() - since) / 1000;
  assert.equal(ended.code, 0, ended.stderr);
  assertMirrors(join(cwd, 'out'), upstream);
  const least = (bytesOf(upstream.files) - 4 * READ) / rate - BURST_S;
  assert.ok(least > 1 && seconds > least, `${seconds} s, at least ${least}`);
  assert.match(ended.stderr, /"bytes_per_s_limit":2000000/);
});

test('--limit-rate: a stop drains, also into bundles, and the next run completes the mirror', async (t) => {
  const cwd = scratch(t);
  const gate = new Gate(20);
  const upstream = await startUpstream(t, cwd, {
    crates: 40,
    profile: sizeProfile(20_000),
    faults: gate.faults,
  });
  const args = [...upstream.args, '--bundle', '--bundle-mode', 'add'];
  const limits = ['--limit-rate', '1.5MB', '--concurrency', '8', '--listen', ':0'];
  const tool = startTool(t, 'downloader', [...args, ...limits], cwd);
  while (tool.child.exitCode === null && upstream.requests <= 20) await sleep(10);
  const url = /profiles: (http:\S+\/)/.exec(tool.stderr())?.[1] ?? '';
  const status = (await (await fetch(`${url}api/status`)).json()) as Record<string, number>;
  assert.equal(status['bytes_rate_limit'], 1.5e6);
  assert.match(
    await (await fetch(`${url}metrics`)).text(),
    /^crates_mirror_rate_limit_bytes_per_second 1500000$/m,
  );
  tool.child.kill('SIGTERM');
  await untilLogged(tool, 'SIGTERM: finishing');
  gate.open();
  const stopped = await tool.ended;
  assert.equal(stopped.code, 130, stopped.stderr);
  assert.ok(readTree(join(cwd, 'out')).size < 120);
  const ended = await runTool(t, 'downloader', args, cwd);
  assert.equal(ended.code, 0, ended.stderr);
  assertMirrors(join(cwd, 'out'), upstream);
});

test('--max-connections: one connection is enough for a mirror, whatever number of requests and cores', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 20, protocol: 'http' });
  const args = [...upstream.args, '--concurrency', '16', '--max-connections', '1'];
  const ended = await runTool(t, 'downloader', args, cwd);
  assert.equal(ended.code, 0, ended.stderr);
  assertMirrors(join(cwd, 'out'), upstream);
  assert.equal(upstream.connections, 1);
});

/** Starts a run outside of its window, until a file `moved` exists. */
async function startOutside(t: TestContext, cwd: string, upstream: Upstream): Promise<RunningTool> {
  const preload = pathToFileURL(join(import.meta.dirname, 'clock-preload.ts')).href;
  const tool = startTool(
    t,
    'downloader',
    [...upstream.args, '--window', '22:00-06:00', '--listen', ':0'],
    cwd,
    {
      TZ: 'UTC',
      CLOCK_BEFORE: '2026-06-10T21:59:59Z',
      CLOCK_AFTER: '2026-06-10T22:00:00Z',
      CLOCK_MOVED: join(cwd, 'moved'),
      NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --import=${preload}`.trim(),
    },
  );
  while (tool.child.exitCode === null && !tool.stderr().includes('no request is sent until 22:00'))
    await sleep(10);
  return tool;
}

test('--window: a run waits for its time, says so, and mirrors all then', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 10 });
  const tool = await startOutside(t, cwd, upstream);
  const url = /profiles: (http:\S+\/)/.exec(tool.stderr())?.[1] ?? '';
  const status = (await (await fetch(`${url}api/status`)).json()) as Record<string, unknown>;
  assert.deepEqual(
    [status['window_open'], status['window_changes_at']],
    [false, Date.parse('2026-06-10T22:00Z') / 1000],
  );
  assert.match(await (await fetch(url)).text(), /Waiting for 22:00/);
  assert.match(await (await fetch(`${url}metrics`)).text(), /^crates_mirror_window_open 0$/m);
  assert.equal(upstream.requests, 0);
  writeFileSync(join(cwd, 'moved'), '');
  const ended = await tool.ended;
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stderr, /--window 22:00-06:00: open until 06:00/);
  assertMirrors(join(cwd, 'out'), upstream);
});

test('--window: a signal ends a run that waits', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 10 });
  const tool = await startOutside(t, cwd, upstream);
  tool.child.kill('SIGTERM');
  const ended = await tool.ended;
  assert.equal(ended.code, 130, ended.stderr);
  assert.equal(upstream.requests, 0);
});
