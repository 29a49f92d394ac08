import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ManifestRecord } from '@crates-mirror/manifest';
import {
  faultsAtRandom,
  faultsByPath,
  freePort,
  makeCertificate,
  type RECOVERABLE_FAULTS,
  serveGenerated,
  sizeProfile,
  startRegistry,
} from '@crates-mirror/sample-registry';
import { Gate, untilLogged } from '../support/held.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import {
  assertMirrors,
  readTree,
  records,
  runTool,
  scratch,
  sortedPaths,
  startTool,
  startUpstream,
  summary,
  type Upstream,
  withoutNewMirror,
} from '../support/tools.ts';

test('the embedded sample is mirrored; a second run finds all in place', async (t) => {
  const cwd = scratch(t);
  const first = await runTool(t, 'downloader', ['--sample'], cwd);
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stderr, /^\S+ INFO new mirror at \/.*\/out, on \/\S* \(\w+\) with [\d.]+ .?B free\n$/);
  assert.match(first.stdout, /^Mirrored all 33 crate files into out in \d/);
  assert.match(first.stdout, /--index-dir \.\.\/crates\.io-index/);
  assert.equal(readTree(join(cwd, 'out')).size, 33);
  const second = await runTool(t, 'downloader', ['--sample'], cwd);
  assert.deepEqual([second.code, second.stderr], [0, '']);
  assert.match(second.stdout, /^All 33 crate files are in place in out /);
  const statuses = (await records(join(cwd, 'manifest.jsonl'))).map((record) => record.status);
  assert.deepEqual(statuses, [...Array(33).fill('downloaded'), ...Array(33).fill('existing')]);
});

test('the embedded sample can be mirrored with other options, too', async (t) => {
  const cwd = scratch(t);
  const look = await runTool(t, 'downloader', ['--sample', '--bundle', '--dry-run'], cwd);
  assert.equal(look.code, 0, look.stderr);
  assert.match(look.stdout, /^Would download 33 of 33 crate files into bundles; nothing was touched/);
  assert.deepEqual(readdirSync(cwd), []);
  const ended = await runTool(t, 'downloader', ['--sample', '--bundle', '--limit', '5'], cwd);
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, /^Mirrored all 5 crate files into bundles /);
  assert.match(ended.stdout, /\n {2}bundles\s+1 /);
});

test('a run over one crate file mentions one', async (t) => {
  const cwd = scratch(t);
  const first = await runTool(t, 'downloader', ['--sample', '--limit', '1'], cwd);
  assert.match(first.stdout, /^Mirrored the one crate file into out in \d/, first.stderr);
  const second = await runTool(t, 'downloader', ['--sample', '--limit', '1'], cwd);
  assert.match(second.stdout, /^The one crate file is in place in out /);
});

test('every crate file of an index is mirrored, with one record each that says what was done', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd);
  const ended = await runTool(t, 'downloader', [...upstream.args, '--out', 'm', '--log-format', 'json'], cwd);
  assert.equal(ended.code, 0, ended.stderr);
  assertMirrors(join(cwd, 'm'), upstream);
  const { processed, ok, downloaded, failed, bytes } = summary(ended);
  const total = [...upstream.files.values()].reduce((sum, body) => sum + body.length, 0);
  assert.deepEqual(
    { processed, ok, downloaded, failed, bytes },
    { processed: 300, ok: 300, downloaded: 300, failed: 0, bytes: total },
  );
  const all = await records(join(cwd, 'manifest.jsonl'));
  assert.deepEqual(all.map((record) => record.path).sort(), sortedPaths(upstream.files));
  const one = all.find((record) => record.path === 'cr/at/crate-0007-1.0.0+build.7.crate') as ManifestRecord;
  const body = upstream.files.get(one.path) as Buffer;
  assert.deepEqual(
    { ...one, started_at: '', finished_at: '' },
    {
      schema_version: 1,
      url: `${upstream.origin}/crates/crate-0007/crate-0007-1.0.0%2Bbuild.7.crate`,
      name: 'crate-0007',
      version: '1.0.0+build.7',
      path: one.path,
      storage: 'filesystem',
      bundle_path: null,
      bundle_file: null,
      bundle_member: null,
      size: body.length,
      sha256: createHash('sha256').update(body).digest('hex'),
      started_at: '',
      finished_at: '',
      ok: true,
      status: 'downloaded',
      retries: 0,
      error: null,
    },
  );
});

test('yanked versions only when asked for, and a limit falls where the index says', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 10 });
  const args = upstream.args.filter((argument) => argument !== '--include-yanked');
  await runTool(t, 'downloader', [...args, '--out', 'm'], cwd);
  assert.equal(readTree(join(cwd, 'm')).size, 20);
  await runTool(t, 'downloader', [...upstream.args, '--out', 'limited', '--limit', '5'], cwd);
  const expected = ['0000-0.1.0', '0000-0.2.0-rc.1', '0000-1.0.0+build.7', '0001-0.1.0', '0001-0.2.0-rc.1'];
  assert.deepEqual(
    sortedPaths(readTree(join(cwd, 'limited'))),
    expected.map((rest) => `cr/at/crate-${rest}.crate`),
  );
});

test('every layout and both kinds of base URL', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 2 });
  const base = upstream.args.indexOf('--crates-base-url') + 1;
  const args = upstream.args.with(base, `${upstream.origin}/crates/{crate}/{version}/download`);
  for (const [layout, path] of [
    ['crate-dirs', 'cr/at/crate-0000/crate-0000-0.1.0.crate'],
    ['upstream', 'crate-0000/crate-0000-0.1.0.crate'],
    ['go', 'c/ra/crate-0000-0.1.0.crate'],
    ['by-hash/{sha256-checksum}/{crate}-{version}.crate', ''],
  ] as const) {
    const out = `m-${layout.slice(0, 4)}`;
    const ended = await runTool(t, 'downloader', [...args, '--out', out, '--layout', layout], cwd);
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(readTree(join(cwd, out)).size, 6);
    if (path !== '') assert.ok(existsSync(join(cwd, out, path)), path);
  }
});

test('every fault at once: each file ends right, or as failed for its true reason', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { faults: faultsAtRandom(7, 0.05), goawayEvery: 50 });
  const args = [
    ...upstream.args,
    '--out',
    'm',
    '--retry-base',
    '5ms',
    '--log-format',
    'json',
    '--idle-timeout',
    '5m',
  ];
  const ended = await runTool(t, 'downloader', args, cwd);
  const { downloaded, failed, retries } = summary(ended);
  assert.equal((downloaded as number) + (failed as number), 300);
  assert.ok((retries as number) > 50, `${retries} retries`);
  assert.equal(ended.code, failed === 0 ? 0 : 1);
  const all = await records(join(cwd, 'manifest.jsonl'));
  assert.equal(all.length, 300);
  const tree = readTree(join(cwd, 'm'));
  for (const record of all) {
    const body = upstream.files.get(record.path) as Buffer;
    if (record.ok) assert.ok(tree.get(record.path)?.equals(body), record.path);
    else
      assert.match(
        record.error?.code ?? '',
        /^(http_(429|50[03])|truncated|overlong|checksum_mismatch|connection_lost)$/,
      );
  }
  assert.equal(tree.size, downloaded);
  const again = await runTool(t, 'downloader', [...args, '--retries', '30'], cwd);
  assert.equal(again.code, 0, again.stderr);
  assertMirrors(join(cwd, 'm'), upstream);
});

test('what stays wrong is never stored, and says why', async (t) => {
  const cwd = scratch(t);
  const [corrupt, gone, forbidden, teapot, late] = ['0000', '0001', '0002', '0003', '0004'].map(
    (number) => `/crates/crate-${number}/crate-${number}-0.1.0.crate`,
  ) as [string, string, string, string, string];
  const always = (fault: (typeof RECOVERABLE_FAULTS)[number]) => Array(20).fill(fault);
  const upstream = await startUpstream(t, cwd, {
    crates: 5,
    faults: faultsByPath({
      [corrupt]: always({ kind: 'corrupt' }),
      [gone]: always({ kind: 'status', status: 404 }),
      [forbidden]: always({ kind: 'status', status: 403 }),
      [teapot]: always({ kind: 'status', status: 418 }),
      [late]: [{ kind: 'status', status: 503, retryAfter: '1' }],
    }),
  });
  const ended = await runTool(
    t,
    'downloader',
    [...upstream.args, '--out', 'm', '--retries', '2', '--retry-base', '1ms'],
    cwd,
  );
  assert.equal(ended.code, 1);
  assert.match(ended.stdout, /^Mirrored 11 of 15 crate files/);
  assert.match(ended.stdout, /missing upstream\s+2\n/);
  assert.match(ended.stdout, /First failures:\n {2}(checksum_mismatch|http_418)/);
  const byUrl = new Map(
    (await records(join(cwd, 'manifest.jsonl'))).map((record) => [new URL(record.url).pathname, record]),
  );
  const statusOf = (path: string) => {
    const { status, ok, retries, error, size } = byUrl.get(path) as ManifestRecord;
    return [status, ok, retries, error?.code ?? null, size === null];
  };
  assert.deepEqual(statusOf(corrupt), ['error', false, 2, 'checksum_mismatch', true]);
  assert.deepEqual(statusOf(gone), ['missing_upstream', false, 0, 'http_404', true]);
  assert.deepEqual(statusOf(forbidden), ['missing_upstream', false, 0, 'http_403', true]);
  assert.deepEqual(statusOf(teapot), ['error', false, 0, 'http_418', true]);
  assert.deepEqual(statusOf(late), ['downloaded', true, 1, null, false]);
  const record = byUrl.get(late) as ManifestRecord;
  assert.ok(Date.parse(record.finished_at) - Date.parse(record.started_at) >= 1000, 'Retry-After was kept');
  assert.equal(readTree(join(cwd, 'm')).size, 11);
  assert.deepEqual(readdirSync(join(cwd, 'm/.crates-mirror/tmp')), []);
});

test('kill -9 twice, then a run: the tree of an undisturbed run', async (t) => {
  const cwd = scratch(t);
  let gate = new Gate(0);
  const upstream = await startUpstream(t, cwd, { crates: 300, faults: () => gate.faults() });
  const args = [...upstream.args, '--out', 'm', '--concurrency', '20', '--log-format', 'json'];
  for (const least of [1, 150]) {
    gate = new Gate(300);
    const tool = startTool(t, 'downloader', args, cwd);
    while (tool.child.exitCode === null && countCrates(join(cwd, 'm')) < least) await sleep(20);
    tool.child.kill('SIGKILL');
    await tool.ended;
  }
  const done = countCrates(join(cwd, 'm'));
  assert.ok(done < 900, `killed in the middle (${done})`);
  writeFileSync(join(cwd, 'm/.crates-mirror/tmp/tmp-1-1-1.partial'), 'left by a kill');
  gate.open();
  const ended = await runTool(t, 'downloader', args, cwd);
  assert.equal(ended.code, 0, ended.stderr);
  assertMirrors(join(cwd, 'm'), upstream);
  assert.deepEqual(readdirSync(join(cwd, 'm/.crates-mirror/tmp')), []);
  assert.equal(
    (summary(ended)['existing'] as number) + (summary(ended)['verified_existing'] as number),
    done,
  );
});

test('an upstream that goes away is waited for: nothing fails, and what was under way comes again', async (t) => {
  const cwd = scratch(t);
  const profile = sizeProfile(2000);
  const certificate = await makeCertificate();
  const gate = new Gate(150);
  const options = { profile, certificate, port: await freePort() };
  const upstream = await startUpstream(t, cwd, { ...options, faults: gate.faults });
  const patience = ['--retries', '1', '--retry-base', '20ms', '--retry-max', '100ms'];
  const args = [...upstream.args, '--out', 'm', '--concurrency', '20', '--manifest', 'm.jsonl', ...patience];
  const tool = startTool(t, 'downloader', args, cwd);
  while (tool.child.exitCode === null && countCrates(join(cwd, 'm')) < 100) await sleep(20);
  await upstream.close();
  await untilLogged(tool, 'Waiting for it');
  // Enough time to use up all retries.
  await sleep(1000);
  assert.equal(tool.child.exitCode, null, tool.stderr());
  const again = await startRegistry({
    certificate,
    find: serveGenerated(profile),
    protocol: 'h2',
    port: upstream.port,
  });
  t.after(() => again.close());
  const ended = await tool.ended;
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(
    withoutNewMirror(ended.stderr),
    /^\S+ WARN https:\/\/127\.0\.0\.1:\d+ cannot be reached: connect ECONNREFUSED \S+\. Waiting for it, 5m 00s at most\n\S+ INFO https:\/\/127\.0\.0\.1:\d+ answers again, after [\d.]+s\n$/,
  );
  assertMirrors(join(cwd, 'm'), upstream);
  assert.deepEqual(
    (await records(join(cwd, 'm.jsonl'))).filter(({ ok }) => !ok),
    [],
  );
});

test('a server that asks for patience is reported, and an interrupt ends the wait', async (t) => {
  const cwd = scratch(t);
  const faults = () => ({ kind: 'status', status: 429, retryAfter: '60' }) as const;
  const upstream = await startUpstream(t, cwd, { crates: 5, faults });
  const tool = startTool(t, 'downloader', upstream.args, cwd);
  await untilLogged(tool, 'asks to wait');
  tool.child.kill('SIGINT');
  const ended = await tool.ended;
  assert.equal(ended.code, 130, ended.stderr);
  assert.match(
    withoutNewMirror(ended.stderr),
    /^\S+ WARN https:\/\/127\.0\.0\.1:\d+ asks to wait 1m 00s \(HTTP status 429 with Retry-After\): what it refused is asked for then\n\S+ INFO SIGINT/,
  );
});

test('an interrupt ends the wait for an upstream that is gone', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { faults: new Gate(150).faults });
  const args = [...upstream.args, '--concurrency', '20', '--retry-max', '50ms'];
  const tool = startTool(t, 'downloader', args, cwd);
  while (tool.child.exitCode === null && countCrates(join(cwd, 'out')) < 100) await sleep(20);
  await upstream.close();
  await untilLogged(tool, 'Waiting for it');
  tool.child.kill('SIGINT');
  const ended = await tool.ended;
  assert.equal(ended.code, 130, ended.stderr);
  assert.match(ended.stdout, /^Interrupted after /);
});

function countCrates(root: string): number {
  return existsSync(root) ? readTree(root).size : 0;
}

test('SIGINT and SIGTERM drain and exit 130; a second one stops at once', async (t) => {
  const cwd = scratch(t);
  let gate = new Gate(0);
  const upstream = await startUpstream(t, cwd, { crates: 300, faults: () => gate.faults() });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    gate = new Gate(100);
    const out = join(cwd, signal);
    const manifest = join(cwd, `${signal}.jsonl`);
    const tool = startTool(
      t,
      'downloader',
      [...upstream.args, '--out', out, '--manifest', manifest, '--concurrency', '8'],
      cwd,
    );
    while (tool.child.exitCode === null && countCrates(out) < 5) await sleep(20);
    tool.child.kill(signal);
    await untilLogged(tool, `${signal}: finishing the work in progress`);
    gate.open();
    const ended = await tool.ended;
    assert.equal(ended.code, 130);
    assert.match(ended.stderr, new RegExp(`${signal}: finishing the work in progress`));
    assert.match(ended.stdout, /^Interrupted after /);
    const all = await records(manifest);
    assert.ok(all.length >= 5 && all.length < 900, `${all.length} records`);
    assert.deepEqual(
      all.filter((record) => record.status !== 'downloaded'),
      [],
    );
    assert.deepEqual(all.map((record) => record.path).sort(), sortedPaths(readTree(out)));
    assert.equal(existsSync(join(out, '.crates-mirror/lock')), false);
  }
  const stalled = await startUpstream(t, scratch(t), { crates: 300, faults: () => ({ kind: 'stall' }) });
  const tool = startTool(t, 'downloader', [...stalled.args, '--idle-timeout', '1h', '--out', 'stalled'], cwd);
  while (stalled.requests < 1 && tool.child.exitCode === null) await sleep(20);
  tool.child.kill('SIGINT');
  await untilLogged(tool, 'finishing');
  // A signal right after the first counts as the same Ctrl-C, forwarded by a parent.
  await sleep(300);
  assert.equal(tool.child.exitCode, null);
  tool.child.kill('SIGINT');
  assert.equal((await tool.ended).code, 130);
});

test('a rerun trusts files it verified, adopts correct ones, and replaces wrong ones', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 4 });
  const args = [...upstream.args, '--out', 'm', '--log-format', 'json'];
  const rerun = async (...more: string[]) => {
    const { downloaded, existing, verified_existing } = summary(
      await runTool(t, 'downloader', [...args, ...more], cwd),
    );
    assertMirrors(join(cwd, 'm'), upstream);
    return [downloaded, existing, verified_existing];
  };
  const [first, second, third] = sortedPaths(upstream.files) as [string, string, string];

  // A tree written by another tool, with one truncated file.
  for (const [path, body] of upstream.files) {
    mkdirSync(join(cwd, 'm', path, '..'), { recursive: true });
    writeFileSync(join(cwd, 'm', path), path === first ? body.subarray(1) : body);
  }
  assert.deepEqual(await rerun(), [1, 0, 11]);
  assert.deepEqual(await rerun(), [0, 12, 0]);

  utimesSync(join(cwd, 'm', second), 1, 1);
  assert.deepEqual(await rerun(), [0, 11, 1]);
  assert.deepEqual(await rerun(), [0, 12, 0]);

  appendFileSync(join(cwd, 'm', third), 'x');
  rmSync(join(cwd, 'm', first));
  assert.deepEqual(await rerun(), [2, 10, 0]);

  const { size, atime, mtime } = statSync(join(cwd, 'm', third));
  writeFileSync(join(cwd, 'm', third), Buffer.alloc(size));
  utimesSync(join(cwd, 'm', third), atime, mtime);
  assert.deepEqual(await rerun('--verify-existing'), [1, 0, 11]);

  rmSync(join(cwd, 'm/.crates-mirror/verified-1'), { recursive: true });
  assert.deepEqual(await rerun(), [0, 0, 12]);
});

test('what has not changed since the last run is not looked into again; what has, is', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 40 });
  const ledger = join(cwd, 'm/.crates-mirror/verified-1');
  const run = async (...args: string[]): Promise<Map<string, ManifestRecord['status']>> => {
    rmSync(join(cwd, 'manifest.jsonl'), { force: true });
    const ended = await runTool(t, 'downloader', [...upstream.args, '--out', 'm', ...args], cwd);
    assert.equal(ended.code, 0, ended.stderr);
    const all = await records(join(cwd, 'manifest.jsonl'));
    return new Map(all.map(({ path, status }) => [path, status]));
  };
  const others = (statuses: Map<string, ManifestRecord['status']>, usual: ManifestRecord['status']) =>
    [...statuses].filter(([, status]) => status !== usual);
  const file = (number: string): string => `cr/at/crate-${number}.crate`;

  const indexFiles = [...upstream.files.keys()].flatMap((path) => path.match(/^cr\/at\/crate-\d+/) ?? []);
  const setTimes = (time: Date) => {
    for (const path of indexFiles) utimesSync(join(upstream.index, path), time, time);
  };
  // An index file younger than two seconds may be rewritten without a change of its times.
  setTimes(new Date(Date.now() + 3_600_000));
  await run();
  assert.equal(existsSync(join(ledger, 'unchanged-1')), false);
  setTimes(new Date());
  await sleep(2100);
  assert.deepEqual(others(await run(), 'existing'), []);
  const before = await records(join(cwd, 'manifest.jsonl'));
  // Without the ledger, checked files are hashed.
  rmSync(join(ledger, 'cr'));
  const startedAt = Date.now();
  const unchanged = await run();
  assert.deepEqual([unchanged.size, others(unchanged, 'existing')], [120, []]);
  const timeless = (all: readonly ManifestRecord[]) =>
    all
      .map((record) => JSON.stringify({ ...record, started_at: '', finished_at: '' }))
      .sort((a, b) => (a < b ? -1 : 1));
  const after = await records(join(cwd, 'manifest.jsonl'));
  assert.deepEqual(timeless(after), timeless(before));
  for (const { started_at: time } of after)
    assert.ok(Date.parse(time) >= startedAt && Date.parse(time) <= Date.now(), time);

  // A missing crate file, a different one, and one whose time has changed; and a crate with a new
  // version.
  rmSync(join(cwd, 'm', file('0001-0.1.0')));
  writeFileSync(join(cwd, 'm', file('0002-0.1.0')), 'another');
  utimesSync(join(cwd, 'm', file('0003-0.1.0')), 1, 1);
  const line = readFileSync(join(upstream.index, 'cr/at/crate-0004'), 'utf8').split('\n')[0] as string;
  writeFileSync(join(upstream.index, 'cr/at/crate-0004'), `${line}\n`);
  const changed = await run();
  assert.equal(changed.size, 118);
  const looked = ['0001', '0002', '0003', '0004'];
  for (const [path, status] of changed) {
    const isLookedInto = looked.some((number) => path.includes(`crate-${number}-`));
    assert.equal(status !== 'existing', isLookedInto, path);
  }
  assert.deepEqual(
    ['0001-0.1.0', '0002-0.1.0', '0003-0.1.0', '0004-0.1.0'].map((number) => changed.get(file(number))),
    ['downloaded', 'downloaded', 'verified_existing', 'verified_existing'],
  );

  // The records do not apply to another selection, and a damaged record is no obstacle.
  const own = upstream.args.filter((argument) => argument !== '--include-yanked');
  const ended = await runTool(t, 'downloader', [...own, '--out', 'm', '--log-format', 'json'], cwd);
  const { ok } = summary(ended);
  assert.equal(ok, 79);
  assert.deepEqual([(await run()).size, (await run()).size], [118, 118]);
  writeFileSync(join(ledger, 'unchanged-1'), 'damaged');
  assert.deepEqual(others(await run(), 'existing'), []);
  assert.deepEqual(others(await run('--verify-existing'), 'verified_existing'), []);
  assertMirrors(join(cwd, 'm'), upstream);
});

test('the last of a disk is left to crate files', async (t) => {
  const cwd = scratch(t);
  const disk = mountSmallDisk(t, '20m');
  if (disk === undefined) {
    t.skip('needs mount(8)');
    return;
  }
  const upstream = await startUpstream(t, cwd, { crates: 10 });
  const out = join(disk.path, 'm');
  const run = () => runTool(t, 'downloader', [...upstream.args, '--out', out], cwd);
  await run();
  await sleep(2100);
  const { code, stderr, stdout } = await run();
  assert.equal(code, 0, stderr);
  assert.match(
    stderr,
    /^\S+ WARN cannot write \S+\/unchanged-1: less than 256 MiB are free\. The next run takes longer for it\n$/,
  );
  assert.match(stdout, /^All 30 crate files are in place/);
  assert.deepEqual(readdirSync(join(out, '.crates-mirror/tmp')), []);
  assert.equal(existsSync(join(out, '.crates-mirror/verified-1/unchanged-1')), false);
});

test('a checksum that changed in the index brings the file anew', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 1 });
  const args = [...upstream.args, '--out', 'm', '--log-format', 'json'];
  await runTool(t, 'downloader', args, cwd);
  const other = sizeProfile(50);
  const republished = await startUpstream(t, scratch(t), { crates: 1, profile: other });
  const ended = await runTool(
    t,
    'downloader',
    [...republished.args, '--out', 'm', '--log-format', 'json'],
    cwd,
  );
  assert.equal(summary(ended)['downloaded'], 3);
  assertMirrors(join(cwd, 'm'), republished);
});

test('a list of URLs, with checksums that vouch for some of them', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 2 });
  const urls = [...upstream.files.keys()].map((path) => {
    const [, name, version] = /(crate-\d+)-(.*)\.crate$/.exec(path) as unknown as [string, string, string];
    return `${upstream.origin}/crates/${name}/${name}-${version}.crate`;
  });
  writeFileSync(join(cwd, 'urls.txt'), `# all of them\n\n${urls.join('\n')}\n`);
  const sums = urls
    .slice(0, 2)
    .map((url, i) => ({ url, sha256: i === 0 ? digestOf(upstream, 0) : 'f'.repeat(64) }));
  writeFileSync(join(cwd, 'sums.jsonl'), sums.map((sum) => JSON.stringify(sum)).join('\n'));
  const args = [
    '--list',
    'urls.txt',
    '--ca-file',
    'ca.pem',
    '--out',
    'm',
    '--log-format',
    'json',
    '--retries',
    '0',
  ];
  const plain = await runTool(t, 'downloader', args, cwd);
  assert.equal(plain.code, 0, plain.stderr);
  assertMirrors(join(cwd, 'm'), upstream);
  assert.equal(summary(await runTool(t, 'downloader', args, cwd))['existing'], 6);

  const checked = await runTool(t, 'downloader', [...args, '--checksums', 'sums.jsonl'], cwd);
  assert.equal(checked.code, 1);
  const failed = (await records(join(cwd, 'manifest.jsonl'))).filter((record) => !record.ok);
  assert.deepEqual(
    failed.map((record) => record.error?.code),
    ['checksum_mismatch'],
  );
  assert.equal(failed[0]?.sha256, 'f'.repeat(64));
});

function digestOf(upstream: Upstream, nth: number): string {
  return createHash('sha256')
    .update([...upstream.files.values()][nth] as Buffer)
    .digest('hex');
}

test('--checksums overrides the index', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 1 });
  const url = `${upstream.origin}/crates/crate-0000/crate-0000-1.0.0+build.7.crate`;
  writeFileSync(join(cwd, 'sums.jsonl'), `${JSON.stringify({ url, sha256: '0'.repeat(64) })}\n`);
  const args = [
    ...upstream.args,
    '--checksums',
    'sums.jsonl',
    '--out',
    'm',
    '--log-format',
    'json',
    '--retries',
    '0',
  ];
  const { downloaded, failed } = summary(await runTool(t, 'downloader', args, cwd));
  assert.deepEqual([downloaded, failed], [2, 1]);
});

test('progress is reported by the clock, by the count, and in both formats', async (t) => {
  const cwd = scratch(t);
  const gate = new Gate(150);
  const upstream = await startUpstream(t, cwd, { faults: gate.faults });
  const args = [...upstream.args, '--progress-interval', '200ms', '--progress-every', '100'];
  const tool = startTool(t, 'downloader', [...args, '--out', 'a', '--log-format', 'json'], cwd);
  // The count includes at most one of these.
  while (tool.child.exitCode === null && tool.stderr().split('"progress"').length <= 3) await sleep(20);
  gate.open();
  const json = await tool.ended;
  const lines = json.stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ msg }) => !String(msg).startsWith('new mirror'));
  assert.ok(lines.length >= 4, `${lines.length} lines`);
  for (const { msg, tool, done, ok, err } of lines)
    assert.deepEqual([msg, tool, ok + err], ['progress', 'downloader', done]);
  const text = await runTool(t, 'downloader', [...args, '--out', 'b'], cwd);
  assert.match(text.stderr, /INFO progress done=\d+ .*ok=\d+ err=0 retries=0 bytes=\d+ files_per_s=\d+/);
});

test('a manifest line torn by a kill does not spoil the next record', async (t) => {
  const cwd = scratch(t);
  writeFileSync(join(cwd, 'manifest.jsonl'), '{"schema_version":1,"url":"https://x.exam');
  assert.equal((await runTool(t, 'downloader', ['--sample'], cwd)).code, 0);
  assert.equal((await records(join(cwd, 'manifest.jsonl'))).length, 33);
  assert.equal(readFileSync(join(cwd, 'manifest.jsonl'), 'utf8').split('\n').length, 35);
});

test('chosen crates alone, and a list of those to try again', async (t) => {
  const cwd = scratch(t);
  const file = (number: string, version = '0.1.0') =>
    `/crates/crate-${number}/crate-${number}-${version}.crate`;
  const upstream = await startUpstream(t, cwd, {
    crates: 6,
    faults: faultsByPath({
      [file('0001')]: [{ kind: 'status', status: 418 }],
      [file('0002')]: [{ kind: 'status', status: 404 }],
      [file('0004')]: [{ kind: 'status', status: 418 }],
    }),
  });
  const odd = join(upstream.index, 'cr/at/crate-0003');
  writeFileSync(odd, `${readFileSync(odd, 'utf8')}nonsense\n`);
  writeFileSync(join(cwd, 'some'), 'crate-0000\ncr/at/crate-0001\nno crate\ncrate-0002\ncrate-0003\n');
  const args = [...upstream.args, '--out', 'm', '--log-format', 'json', '--retry-out', 'again'];
  const some = await runTool(t, 'downloader', [...args, '--only-crates', 'some'], cwd);
  assert.equal(some.code, 1);
  assert.equal(summary(some)['downloaded'], 10);
  assert.match(some.stderr, /no crate: names no crate, in some:3/);
  assert.deepEqual(readFileSync(join(cwd, 'again'), 'utf8').trim().split('\n').sort(), [
    'cr/at/crate-0001\tfailed',
    'cr/at/crate-0002\tmissing_upstream',
    'cr/at/crate-0003\tunusable',
  ]);
  writeFileSync(odd, readFileSync(odd, 'utf8').replace('nonsense\n', ''));
  const again = await runTool(t, 'downloader', [...args, '--only-crates', 'again'], cwd);
  assert.equal(again.code, 0, again.stderr);
  const { processed, downloaded } = summary(again);
  assert.deepEqual({ processed, downloaded }, { processed: 9, downloaded: 2 });
  assert.equal(readFileSync(join(cwd, 'again'), 'utf8'), '');

  writeFileSync(join(cwd, 'again'), 'as it was');
  const gate = new Gate(2);
  const slow = await startUpstream(t, scratch(t), { faults: gate.faults });
  const few = ['--concurrency', '2', '--out', 'n', '--retry-out', 'again'];
  const stopped = startTool(t, 'downloader', [...slow.args, ...few], cwd);
  while (slow.requests < 3 && stopped.child.exitCode === null) await sleep(20);
  stopped.child.kill('SIGINT');
  await untilLogged(stopped, 'SIGINT: finishing');
  gate.open();
  assert.equal((await stopped.ended).code, 130);
  assert.equal(
    readFileSync(join(cwd, 'again'), 'utf8'),
    'as it was',
    'a run that was interrupted writes no list',
  );
  const missing = await runTool(t, 'downloader', [...args, '--only-crates', 'none'], cwd);
  assert.equal(missing.code, 2);
  assert.match(missing.stderr, /^downloader: --only-crates: cannot read none: there is no such file/);
});
