import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { findBarriers } from '../support/axe.ts';
import { hasBrowser, openBrowser } from '../support/browser.ts';
import { Gate, untilLogged } from '../support/held.ts';
import {
  assertMirrors,
  REPOSITORY,
  type RunningTool,
  runTool,
  scratch,
  startTool,
  startUpstream,
} from '../support/tools.ts';

// Profiles are checked for the names of source files.
delete process.env['CRATES_MIRROR_TESTED_PROGRAMS'];

interface Watched extends RunningTool {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
}

/** Starts a run with a listener, and waits until it listens. */
async function startWatched(t: TestContext, args: readonly string[], cwd: string): Promise<Watched> {
  const run = startTool(t, 'downloader', [...args, '--listen', ':0'], cwd);
  for (;;) {
    const match = /metrics and profiles: (http:\/\/127\.0\.0\.1:\d+)\//.exec(run.stderr());
    if (match !== null) return { ...run, url: match[1] as string };
    assert.equal(run.child.exitCode, null, run.stderr());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function text(url: string): Promise<string> {
  return (await fetch(url)).text();
}

async function json(url: string): Promise<Record<string, number>> {
  return (await fetch(url)).json() as Promise<Record<string, number>>;
}

/** The value of a sample without labels, or with exactly these. */
function sample(metrics: string, name: string): number {
  const line = metrics.split('\n').find((one) => one.startsWith(`${name} `));
  assert.ok(line !== undefined, `${name} is not among the metrics`);
  return Number(line.slice(name.length));
}

test('metrics and status say how a run stands, in terms that promtool accepts', async (t) => {
  const cwd = scratch(t);
  let fails = 2;
  const gate = new Gate(100);
  const upstream = await startUpstream(t, cwd, {
    crates: 150,
    faults: (path) => {
      if (path.endsWith('crate-0001-0.1.0.crate')) return { kind: 'status', status: 404 };
      if (path.endsWith('crate-0002-0.1.0.crate'))
        return fails-- > 0 ? { kind: 'status', status: 503 } : undefined;
      return gate.faults();
    },
  });
  const args = [...upstream.args, '--concurrency', '30', '--retry-base', '1ms'];
  const run = await startWatched(t, args, cwd);
  let [metrics, status] = ['', {} as Record<string, number>];
  // The files let through, the missing one, and the one let through last.
  while ((status['processed'] ?? 0) < 100 + 2) {
    status = await json(`${run.url}/api/status`);
    metrics = await text(`${run.url}/metrics`);
    assert.equal(await text(`${run.url}/healthz`), 'ok\n');
  }
  assert.ok(sample(metrics, 'crates_download_requests_total{status="ok",code="200"}') >= 50);
  assert.equal(sample(metrics, 'crates_download_requests_total{status="error",code="404"}'), 1);
  assert.equal(sample(metrics, 'crates_download_requests_total{status="error",code="503"}'), 2);
  assert.equal(sample(metrics, 'crates_processed_total{result="missing_upstream"}'), 1);
  assert.equal(sample(metrics, 'crates_download_retries_total'), 2);
  assert.equal(sample(metrics, 'crates_mirror_concurrency_limit'), 30);
  const inflight = sample(metrics, 'crates_download_inflight');
  assert.ok(inflight >= 0 && inflight <= 30, String(inflight));
  assert.equal(
    sample(metrics, 'crates_download_duration_seconds_count'),
    ['status="ok",code="200"', 'status="error",code="404"', 'status="error",code="503"']
      .map((labels) => sample(metrics, `crates_download_requests_total{${labels}}`))
      .reduce((sum, count) => sum + count),
  );
  assert.ok(sample(metrics, 'crates_download_bytes_total') > 0);
  assert.ok(sample(metrics, 'crates_mirror_store_duration_seconds_count') >= 50);
  assert.ok(sample(metrics, 'crates_mirror_manifest_write_duration_seconds_count') > 0);
  assert.doesNotMatch(metrics, /crates_mirror_last_success_timestamp_seconds|crates_mirror_index_timestamp/);
  assert.deepEqual(
    [status['ok'], status['errors'], status['missing_upstream'], status['retries'], status['concurrency']],
    [(status['processed'] ?? 0) - 1, 0, 1, 2, 30],
  );
  if (spawnSync('promtool', ['--version']).error === undefined) {
    const checked = spawnSync('promtool', ['check', 'metrics'], { input: metrics, encoding: 'utf8' });
    assert.deepEqual([checked.status, checked.stdout, checked.stderr], [0, '', '']);
  } else {
    t.diagnostic('promtool is not installed: metrics were not checked by it');
  }
  gate.open();
  const ended = await run.ended;
  assert.equal(ended.code, 0, ended.stderr);

  const second = await startWatched(t, upstream.args, cwd).catch(() => undefined);
  // A run without work may end before a request arrives.
  if (second !== undefined) await second.ended;
  assert.ok(existsSync(join(cwd, 'out/.crates-mirror/last-success.json')));
});

/** Takes a CPU profile. @param onBegun called when the profile is under way */
async function takeProfile(run: Watched, onBegun: () => void): Promise<Buffer> {
  const profiles = [1, 2].map(() => fetch(`${run.url}/debug/pprof/profile?seconds=1`));
  // Only one profile can be taken at a time: when one is refused, the other is under way.
  assert.equal((await Promise.race(profiles)).status, 503);
  onBegun();
  const taken = (await Promise.all(profiles)).find(({ status }) => status === 200);
  assert.ok(taken !== undefined);
  return Buffer.from(await taken.arrayBuffer());
}

test('profiles are what go tool pprof reads, with the names of our sources', async (t) => {
  if (spawnSync('go', ['version']).error !== undefined) {
    t.skip('go is not installed');
    return;
  }
  const cwd = scratch(t);
  let gate = new Gate(0);
  const upstream = await startUpstream(t, cwd, { crates: 1500, faults: () => gate.faults() });
  const run = await startWatched(t, upstream.args, cwd);
  // Each thread loads its profiler for the first profile.
  const heap = await fetch(`${run.url}/debug/pprof/heap`);
  writeFileSync(join(cwd, 'heap.pb.gz'), Buffer.from(await heap.arrayBuffer()));
  const pprof = (...args: string[]): string =>
    spawnSync('go', ['tool', 'pprof', ...args], { cwd, encoding: 'utf8', env: { ...process.env, HOME: cwd } })
      .stdout;
  // On a busy machine, the lanes may do nothing during the second of a profile.
  for (let lines = ''; !lines.includes('apps/downloader/src/lane/lane.ts'); ) {
    assert.equal(run.child.exitCode, null, lines);
    const before = gate;
    gate = new Gate(1000);
    writeFileSync(join(cwd, 'cpu.pb.gz'), await takeProfile(run, () => before.open()));
    lines = pprof('-top', '-cum', '-lines', 'cpu.pb.gz');
  }
  assert.match(pprof('-tags', 'cpu.pb.gz'), /lane \d/);
  assert.match(pprof('-top', 'heap.pb.gz'), /Type: inuse_space/);
  gate.open();
  const ended = await run.ended;
  assert.equal(ended.code, 0, ended.stderr);
  assertMirrors(join(cwd, 'out'), upstream);
});

test('a run that ends, or is interrupted, within a profile does so cleanly', async (t) => {
  const cwd = scratch(t);
  const gate = new Gate(0);
  const upstream = await startUpstream(t, cwd, { crates: 100, faults: gate.faults });
  const run = await startWatched(t, upstream.args, cwd);
  const profiles = [1, 2].map(() => fetch(`${run.url}/debug/pprof/profile?seconds=60`));
  // Only one profile can be taken at a time: when one is refused, the other is under way.
  assert.equal((await Promise.race(profiles)).status, 503);
  run.child.kill('SIGTERM');
  await untilLogged(run, 'SIGTERM: finishing');
  gate.open();
  const statuses = (await Promise.all(profiles)).map(({ status }) => status);
  assert.deepEqual(statuses.sort(), [200, 503]);
  const ended = await run.ended;
  assert.deepEqual([ended.code, run.child.signalCode], [130, null], ended.stderr);
});

test('the status page shows a run go on, and stands when it is over', async (t) => {
  if (!hasBrowser()) {
    t.skip('chromium is not installed');
    return;
  }
  const cwd = scratch(t);
  let gate = new Gate(100);
  const upstream = await startUpstream(t, cwd, {
    faults: (path) =>
      path.endsWith('crate-0001-0.1.0.crate') ? { kind: 'status', status: 500 } : gate.faults(),
  });
  const browser = await openBrowser(t);
  const args = [...upstream.args, '--concurrency', '25', '--retries', '0'];
  const run = await startWatched(t, args, cwd);
  const plain = await browser.newPage({ javaScriptEnabled: false });
  await plain.goto(run.url);
  assert.match(
    (await plain.locator('#summary').textContent()) ?? '',
    /^[\d,]+( of .*)? crate files processed/,
  );
  assert.equal(await plain.locator('#state').textContent(), 'Running');
  assert.ok((await plain.locator('#settings dt').count()) > 5);
  await plain.close();
  const page = await browser.newPage({ viewport: { width: 390, height: 844 }, bypassCSP: true });
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(run.url);
  await page.getByText('Running', { exact: true }).waitFor();
  const processed = async (): Promise<number> =>
    Number(/^([\d,]+)/.exec((await page.locator('#summary').textContent()) ?? '')?.[1]?.replaceAll(',', ''));
  const before = await processed();
  const first = gate;
  gate = new Gate(100);
  first.open();
  while ((await processed()) <= before) await page.waitForTimeout(50);
  const chart = page.getByRole('img', { name: /^Throughput: received [\d.]+ [kM]?B\/s; highest / });
  assert.equal(await chart.count(), 1);
  assert.ok((await page.getByRole('progressbar', { name: 'Progress' }).count()) === 1);
  const width = await page.evaluate<number>('document.documentElement.scrollWidth');
  assert.ok(width <= 390, `${width} wide on a phone`);
  assert.deepEqual(await findBarriers(page), []);

  gate.open();
  const ended = await run.ended;
  assert.equal(ended.code, 1, ended.stderr);
  await page.getByText('Finished with failures', { exact: true }).waitFor();
  assert.equal(await processed(), 300);
  await page.getByRole('cell', { name: 'crate-0001-0.1.0' }).waitFor();
  await page.getByRole('cell', { name: 'http_500' }).waitFor();
  assert.match(
    (await page.locator('#announcement').textContent()) ?? '',
    /^Finished with failures\. 300 of 300/,
  );
  // The browser's own messages about a stream that has ended, and about the unreachable address.
  assert.deepEqual(
    complaints.filter((text) => !/ERR_(INCOMPLETE_CHUNKED_ENCODING|CONNECTION_REFUSED)/.test(text)),
    [],
  );
});

test('a port in use stops the run before anything is touched', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 1 });
  const taken = createServer().listen(0, '127.0.0.1');
  t.after(() => taken.close());
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as { port: number };
  const before = readdirSync(cwd);
  const ended = await runTool(t, 'downloader', [...upstream.args, '--listen', `:${port}`], cwd);
  assert.deepEqual(ended, {
    code: 2,
    stdout: '',
    stderr:
      `downloader: --listen: cannot listen on 127.0.0.1:${port}: the port is in use. ` +
      'Another program listens there; stop it, or choose another port\n',
  });
  assert.deepEqual(readdirSync(cwd), before);
  assert.equal(upstream.requests, 0);
});

test('the alert rules of docs/metrics.md are rules', (t) => {
  if (spawnSync('promtool', ['--version']).error !== undefined) {
    t.skip('promtool is not installed');
    return;
  }
  const cwd = scratch(t);
  const guide = readFileSync(join(REPOSITORY, 'docs/metrics.md'), 'utf8');
  const rules = /^ {4}groups:\n(?: {4}.*\n|\n)+/m.exec(guide)?.[0] ?? '';
  writeFileSync(join(cwd, 'rules.yml'), rules.replaceAll(/^ {4}/gm, ''));
  const checked = spawnSync('promtool', ['check', 'rules', 'rules.yml'], { cwd, encoding: 'utf8' });
  assert.match(checked.stdout, /SUCCESS: 3 rules found/, checked.stderr);
});

test('what docs/grafana-dashboard.json and docs/metrics.md ask for exists', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 60, faults: new Gate(30).faults });
  const git = (...args: string[]) =>
    spawnSync('git', ['-C', upstream.index, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args]);
  git('init', '--quiet');
  git('commit', '--quiet', '--allow-empty', '--message', 'index');
  await runTool(t, 'downloader', [...upstream.args, '--limit', '1'], cwd);
  // Covers any time of day.
  const always = ['--window', '00:00-12:00,12:00-00:00'];
  const run = await startWatched(t, [...upstream.args, ...always, '--concurrency', '10'], cwd);
  let metrics = '';
  do metrics = await text(`${run.url}/metrics`);
  while (!metrics.includes('\ncrates_mirror_targets '));
  const names = new Set([...metrics.matchAll(/^([a-z_]+)(?:\{| )/gm)].map((match) => match[1] as string));
  const dashboard = JSON.parse(readFileSync(join(REPOSITORY, 'docs/grafana-dashboard.json'), 'utf8')) as {
    panels: { title: string; targets?: { expr: string }[] }[];
  };
  const guide = readFileSync(join(REPOSITORY, 'docs/metrics.md'), 'utf8');
  const rules = [...guide.matchAll(/expr: (.+)$/gm)].map((match) => match[1] as string);
  const queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  assert.ok(queries.length >= 8 && rules.length >= 3);
  for (const query of [...queries, ...rules]) {
    const used = query.match(/\b(?:crates|process|nodejs)_[a-z_]+/g) ?? [];
    assert.ok(used.length > 0, query);
    for (const name of used) assert.ok(names.has(name), `${name} in ${query}`);
  }
  for (const name of names) {
    if (!name.startsWith('crates_')) continue;
    const base = name.replace(/_(bucket|sum|count)$/, '');
    assert.ok(guide.includes(`\`${base}`), `docs/metrics.md does not mention ${base}`);
  }
});
