import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, sizeProfile } from '@crates-mirror/sample-registry';
import { hasGitDaemon, startIndexRemote } from '../support/index-remote.ts';
import {
  assertMirrors,
  type Ended,
  records,
  runTool,
  scratch,
  startTool,
  startUpstream,
  withoutNewMirror,
} from '../support/tools.ts';

const SOON = ['--retry-base', '20ms', '--retry-max', '100ms'];

/**
 * Mirrors in one lane from an upstream that has this fault on every request after the first
 * hundred, until the fault is reported.
 */
async function mirrorThrough(t: TestContext, cwd: string, fault: Fault, ...more: string[]) {
  let isLifted = false;
  let requests = 0;
  const faults = (): Fault | undefined => {
    requests += 1;
    return requests > 100 && !isLifted ? fault : undefined;
  };
  const upstream = await startUpstream(t, cwd, { faults });
  const args = [...upstream.args, ...SOON, '--retries', '20', '--concurrency', '1', '--out', 'm', ...more];
  const tool = startTool(t, 'downloader', args, cwd);
  tool.child.stderr?.on('data', () => {
    isLifted ||= tool.stderr().includes('Waiting for it');
  });
  return { upstream, ended: await tool.ended };
}

async function assertComplete(cwd: string, { code, stderr, stdout }: Ended, trouble: string): Promise<void> {
  assert.equal(code, 0, stderr);
  const line = `\\S+ WARN https://127\\.0\\.0\\.1:\\d+ ${trouble}\\. Waiting for it, 5m 00s at most\\n`;
  const back = '\\S+ INFO https://127\\.0\\.0\\.1:\\d+ serves files again, after [\\d.]+m?s\\n';
  assert.match(withoutNewMirror(stderr), new RegExp(`^${line}${back}$`));
  assert.match(stdout, /^Mirrored all 300 crate files [\s\S]*\n {2}downloaded +300 /);
  const statuses = (await records(join(cwd, 'manifest.jsonl'))).map(({ status }) => status);
  assert.deepEqual(statuses, Array(300).fill('downloaded'));
  assert.ok(existsSync(join(cwd, 'm/.crates-mirror/last-success.json')));
}

test('an upstream that begins to turn us away is waited for, and nothing is missing', async (t) => {
  for (const more of [[], ['--bundle']]) {
    const cwd = scratch(t);
    const fault = { kind: 'status', status: 403 } as const;
    const { upstream, ended } = await mirrorThrough(t, cwd, fault, ...more);
    await assertComplete(cwd, ended, 'answers 403 Forbidden for files that it has');
    if (more.length === 0) assertMirrors(join(cwd, 'm'), upstream);
  }
});

test('an upstream that begins to put everything off is asked one at a time, and nothing fails', async (t) => {
  for (const more of [[], ['--bundle']]) {
    const cwd = scratch(t);
    const fault = { kind: 'status', status: 503 } as const;
    const { upstream, ended } = await mirrorThrough(t, cwd, fault, ...more);
    await assertComplete(cwd, ended, 'answers 503 Service Unavailable to everything');
    if (more.length === 0) assertMirrors(join(cwd, 'm'), upstream);
  }
});

test('a file missing for ever is requested by each run, which ends well; if all are refused, it does not', async (t) => {
  const cwd = scratch(t);
  let isRefusing = false;
  const isMissing = (path: string): boolean => /-000[0-4]-0\.1\.0\.crate$/.test(path);
  const upstream = await startUpstream(t, cwd, {
    crates: 20,
    faults: (path) => (isRefusing || isMissing(path) ? { kind: 'status', status: 403 } : undefined),
  });
  const args = [...upstream.args, ...SOON, '--out', 'm', '--retry-out', 'again'];
  const run = async (): Promise<[Ended, number]> => {
    const before = upstream.requests;
    const ended = await runTool(t, 'downloader', args, cwd);
    return [ended, upstream.requests - before];
  };
  for (const [downloaded, most] of [
    [55, 60 + 4],
    [0, 5 + 4],
  ] as const) {
    const [{ code, stdout, stderr }, requests] = await run();
    assert.deepEqual([code, withoutNewMirror(stderr)], [0, '']);
    assert.match(stdout, new RegExp(`\\n {2}downloaded +${downloaded}[ \\n][\\s\\S]*missing upstream +5\\n`));
    assert.ok(requests <= most, `${requests} requests`);
    assert.equal(readFileSync(join(cwd, 'again'), 'utf8').trim().split('\n').length, 5);
  }
  isRefusing = true;
  rmSync(join(cwd, 'manifest.jsonl'));
  rmSync(join(cwd, 'm/.crates-mirror/last-success.json'));
  writeFileSync(join(cwd, 'again'), 'as it was');
  const [{ code, stdout, stderr }] = await run();
  assert.equal(code, 1);
  assert.match(
    withoutNewMirror(stderr),
    /^\S+ ERROR https:\/\/127\.0\.0\.1:\d+ answers 403 Forbidden for files that it has\. Find out whether it still lets you in, [^\n]+\n$/,
  );
  assert.match(stdout, /^Stopped after [\s\S]*missing upstream +0\n {2}failed +0\n/);
  const all = await records(join(cwd, 'manifest.jsonl'));
  assert.ok(all.every(({ ok }) => ok));
  assert.equal(readFileSync(join(cwd, 'again'), 'utf8'), 'as it was');
  assert.equal(existsSync(join(cwd, 'm/.crates-mirror/last-success.json')), false);
});

test('a new file is not missing, where the rest of the mirror was not checked file by file', async (t) => {
  const cwd = scratch(t);
  let isRefusing = false;
  const faults = (): Fault | undefined => (isRefusing ? { kind: 'status', status: 403 } : undefined);
  const upstream = await startUpstream(t, cwd, { crates: 20, faults });
  const run = (...more: string[]) =>
    runTool(t, 'downloader', [...upstream.args, ...SOON, '--out', 'm', ...more], cwd);
  // Index files that have just changed are read again.
  while (!existsSync(join(cwd, 'm/.crates-mirror/verified-1/unchanged-1'))) {
    assert.equal((await run()).code, 0);
    await sleep(500);
  }
  const line = readFileSync(join(upstream.index, 'cr/at/crate-0000'), 'utf8').split('\n')[0] as string;
  mkdirSync(join(upstream.index, 'zz/zz'), { recursive: true });
  writeFileSync(join(upstream.index, 'zz/zz/zzzz'), line.replace('crate-0000', 'zzzz'));
  writeFileSync(join(cwd, 'new'), 'zz/zz/zzzz\n');
  isRefusing = true;
  for (const more of [[], ['--only-crates', 'new']]) {
    const { code, stdout, stderr } = await run(...more);
    assert.equal(code, 1, more.join(' '));
    assert.match(stderr, / ERROR \S+ answers 403 Forbidden for files that it has\. /);
    assert.match(stdout, /^Stopped after [\s\S]*missing upstream +0\n {2}failed +0\n/);
  }
});

test('a connection that is turned away from its first request on shows by what comes through another', {
  skip: availableParallelism() === 1 ? 'one core has one thread, and that all connections' : false,
}, async (t) => {
  const cwd = scratch(t);
  let asking: number | undefined;
  let letIn: number | undefined;
  let isLifted = false;
  const upstream = await startUpstream(t, cwd, {
    // One thread takes a thousand of these at once.
    crates: 2000,
    profile: sizeProfile(100),
    onRequest: ({ socket }) => {
      asking = socket.remotePort;
      letIn ??= asking;
    },
    faults: () => (isLifted || asking === letIn ? undefined : { kind: 'status', status: 403 }),
  });
  const tool = startTool(t, 'downloader', [...upstream.args, ...SOON], cwd);
  tool.child.stderr?.on('data', () => {
    isLifted ||= tool.stderr().includes('Waiting for it');
  });
  const { code, stdout, stderr } = await tool.ended;
  assert.equal(code, 0, stderr);
  assert.match(
    withoutNewMirror(stderr),
    /^\S+ WARN \S+ answers 403 Forbidden for files that it has\. Waiting for it, .*\n.* serves files again, /,
  );
  // Files in doubt before any download succeeded.
  const missing = Number(/missing upstream +([\d,]+)/.exec(stdout)?.[1]);
  assert.ok(missing <= 256, stdout);
});

test('an upstream that puts everything off from the start ends the run with one line', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { faults: () => ({ kind: 'status', status: 503 }) });
  const { code, stdout, stderr } = await runTool(t, 'downloader', [...upstream.args, ...SOON], cwd);
  assert.equal(code, 1);
  assert.match(
    withoutNewMirror(stderr),
    /^\S+ ERROR https:\/\/127\.0\.0\.1:\d+ answers 503 Service Unavailable to everything\. Wait or [^\n]+\n$/,
  );
  assert.match(stdout, /^Stopped after [\s\S]*\n {2}failed +0\n/);
});

test('a mirror whose upstream turns us away is not brought up to date, and the next run asks again', {
  skip: hasGitDaemon() ? false : 'git daemon is not installed',
}, async (t) => {
  const cwd = scratch(t);
  let isRefusing = false;
  const faults = (): Fault | undefined => (isRefusing ? { kind: 'status', status: 403 } : undefined);
  const remote = await startIndexRemote(t, cwd, { crates: 5, faults });
  const args = [...remote.args, '--index-dir', 'idx', '--output-dir', 'm', '--non-interactive'];
  const state = (): unknown =>
    JSON.parse(readFileSync(join(cwd, 'm/.crates-mirror/index-cloner.json'), 'utf8'));
  assert.equal((await runTool(t, 'index-cloner', args, cwd)).code, 0);
  const before = state();
  for (const name of ['crate-0001', 'crate-0002']) remote.add(name, '2.0.0', '2.0.1');
  remote.publish();
  isRefusing = true;
  const refused = await runTool(t, 'index-cloner', args, cwd);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, / ERROR \S+ answers 403 Forbidden for files that it has\. /);
  assert.deepEqual(state(), before);
  isRefusing = false;
  const again = await runTool(t, 'index-cloner', args, cwd);
  assert.equal(again.code, 0, again.stderr);
  for (const path of ['0001-2.0.0', '0002-2.0.1'])
    assert.ok(existsSync(join(cwd, `m/cr/at/crate-${path}.crate`)), path);
});
