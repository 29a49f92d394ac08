import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sha256Hex } from '@crates-mirror/hashing';
import { mirrorSample, type RunningServer, startServer } from '../support/mirror-server-tools.ts';
import { scratch } from '../support/tools.ts';

const LOOSE = ['--mirror', 'out', '--index-dir', 'index'];
const BUNDLED = ['--bundles-dir', 'bundles', '--index-dir', 'index'];
const FILE = 'te/xt/textkit';

/** One of several versions of a crate, with all URLs of its crate file. */
interface Version {
  readonly cksum: string;
  readonly etag: string;
  readonly byChecksum: string;
  readonly urls: readonly string[];
}

function versionOf(cwd: string, version: string): Version {
  const line = linesOf(cwd).find((one) => one.includes(`"vers":"${version}"`)) as string;
  const { cksum } = JSON.parse(line) as { cksum: string };
  const byChecksum = `/crates/te/xt/textkit-${version}.crate?sha256=${cksum}`;
  const others = [`/crates/te/xt/textkit-${version}.crate`, `/crates/textkit/${version}/download`];
  return { cksum, etag: `"${cksum}"`, byChecksum, urls: [byChecksum, ...others] };
}

function linesOf(cwd: string): string[] {
  return readFileSync(join(cwd, 'index', FILE), 'utf8')
    .trimEnd()
    .split('\n');
}

/** Replaces the lines of the index file that all tests change. */
function change(cwd: string, how: (lines: string[]) => string[]): void {
  const lines = how(linesOf(cwd));
  writeFileSync(join(cwd, 'index', FILE), lines.map((line) => `${line}\n`).join(''));
}

const without =
  (version: string) =>
  (lines: string[]): string[] =>
    lines.filter((line) => !line.includes(`"vers":"${version}"`));

async function statusOf({ origin }: RunningServer, path: string, init: RequestInit = {}): Promise<number> {
  const response = await fetch(`${origin}${path}`, init);
  await response.arrayBuffer();
  return response.status;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20);
}

/** Tries all kinds of requests for it. */
async function assertRefused(server: RunningServer, { urls, etag }: Version, why: RegExp): Promise<void> {
  await until(async () => (await statusOf(server, urls[0] as string)) === 404);
  for (const url of urls) {
    const response = await fetch(`${server.origin}${url}`);
    assert.equal(response.status, 404, url);
    assert.equal(response.headers.get('cache-control'), 'no-store');
    assert.match(await response.text(), why);
    for (const headers of [
      { range: 'bytes=0-9' },
      { 'if-none-match': etag },
      { 'if-none-match': '*' },
      { 'if-modified-since': new Date().toUTCString() },
      { 'if-match': etag },
      { 'if-range': etag, range: 'bytes=0-9' },
    ])
      assert.equal(await statusOf(server, url, { headers }), 404, JSON.stringify(headers));
    assert.equal(await statusOf(server, url, { method: 'HEAD' }), 404);
  }
}

async function mirrored(t: TestContext, ...args: string[]): Promise<string> {
  const cwd = scratch(t);
  await mirrorSample(t, cwd, ...args);
  return cwd;
}

for (const [kind, mirror, args] of [
  ['loose', [], LOOSE],
  ['bundled', ['--bundle'], BUNDLED],
] as const) {
  test(`a ${kind} crate file is not served once its line has left the index, in memory or not`, async (t) => {
    const cwd = await mirrored(t, ...mirror);
    const server = await startServer(t, args, cwd);
    const gone = versionOf(cwd, '1.0.0');
    const kept = versionOf(cwd, '1.1.0');
    for (const url of [...gone.urls, ...kept.urls]) assert.equal(await statusOf(server, url), 200, url);
    const conditional = { headers: { 'if-none-match': gone.etag } };
    assert.equal(await statusOf(server, gone.byChecksum, conditional), 304, 'before it is withdrawn');

    change(cwd, without('1.0.0'));
    const why = /^the index of this mirror does not name textkit 1\.0\.0\n$/;
    await assertRefused(server, gone, why);
    for (const url of kept.urls) assert.equal(await statusOf(server, url), 200, url);
    await assertRefused(await startServer(t, args, cwd), gone, why);

    rmSync(join(cwd, 'index', FILE));
    await assertRefused(server, kept, /^the index of this mirror does not name textkit 1\.1\.0\n$/);
  });

  test(`--serve-removed: a ${kind} crate file is served by its checksum alone`, async (t) => {
    const cwd = await mirrored(t, ...mirror);
    const [gone, kept] = [versionOf(cwd, '1.0.0'), versionOf(cwd, '1.1.0')];
    change(cwd, without('1.0.0'));
    const server = await startServer(t, [...args, '--serve-removed'], cwd);
    const warning = / WARN +--serve-removed: crate files that have left the index are still served/;
    await until(async () => warning.test(server.stderr()));
    assert.match(
      await (await fetch(server.origin)).text(),
      /Versions that have left the index are still served/,
    );
    assert.deepEqual(await Promise.all(gone.urls.map((url) => statusOf(server, url))), [200, 404, 404]);
    assert.deepEqual(await Promise.all(kept.urls.map((url) => statusOf(server, url))), [200, 200, 200]);
    rmSync(join(cwd, 'index', FILE));
    assert.equal(await statusOf(server, gone.byChecksum), 200);
  });
}

test('a yanked version is served: the index names it', async (t) => {
  const cwd = await mirrored(t);
  const server = await startServer(t, LOOSE, cwd);
  change(cwd, (lines) => lines.map((line) => line.replace('"yanked":false', '"yanked":true')));
  for (const url of versionOf(cwd, '1.0.0').urls) assert.equal(await statusOf(server, url), 200, url);
});

test('published anew with another checksum: the old bytes are refused, the new ones served once they are held', async (t) => {
  const cwd = await mirrored(t);
  const server = await startServer(t, LOOSE, cwd);
  const old = versionOf(cwd, '1.0.0');
  assert.equal(await statusOf(server, old.byChecksum), 200);
  const anew = sha256Hex('anew');
  change(cwd, (lines) => lines.map((line) => line.replace(old.cksum, anew)));
  const other = /^the index of this mirror names textkit 1\.0\.0 with another checksum\n$/;
  await assertRefused(server, { ...old, urls: [old.byChecksum] }, other);
  const now = versionOf(cwd, '1.0.0');
  for (const url of now.urls) {
    const response = await fetch(`${server.origin}${url}`);
    assert.deepEqual(
      [response.status, await response.text()],
      [404, 'textkit 1.0.0 is not in this mirror\n'],
    );
  }
  const path = join(cwd, 'out/te/xt/textkit-1.0.0.crate');
  rmSync(path);
  writeFileSync(path, 'anew');
  for (const url of now.urls) assert.equal(await (await fetch(`${server.origin}${url}`)).text(), 'anew');
  await assertRefused(server, { ...old, urls: [old.byChecksum] }, other);
});

test('while the index cannot be read, or git replaces the file, a crate file is not said to be unknown', async (t) => {
  const cwd = await mirrored(t);
  const server = await startServer(t, LOOSE, cwd);
  const { urls } = versionOf(cwd, '1.0.0');
  const file = join(cwd, 'index', FILE);
  mkdirSync(join(cwd, 'index/.git'));
  writeFileSync(join(cwd, 'index/.git/index.lock'), '');
  renameSync(file, join(cwd, 'aside'));
  for (;;) {
    const waiting = urls.map((url) => statusOf(server, url));
    setTimeout(() => renameSync(join(cwd, 'aside'), file), 50);
    const statuses = await Promise.all(waiting);
    assert.ok(!statuses.includes(404), statuses.join(' '));
    if (statuses.every((status) => status === 200)) break;
    // On a busy machine, the file may be missing for longer than the server waits.
    renameSync(file, join(cwd, 'aside'));
  }

  renameSync(join(cwd, 'index'), join(cwd, 'unmounted'));
  mkdirSync(join(cwd, 'index'));
  const first = urls[0] as string;
  const seen = new Set<number>();
  await until(async () => {
    seen.add(await statusOf(server, first));
    return seen.has(500);
  });
  for (const url of urls) assert.equal(await statusOf(server, url), 500, url);
  assert.ok(!seen.has(404));
  rmSync(join(cwd, 'index'), { recursive: true });
  renameSync(join(cwd, 'unmounted'), join(cwd, 'index'));
  for (const url of urls) assert.equal(await statusOf(server, url), 200, url);
});

test('--crate-max-age is what caches are given, and a minute at most without the checksum', async (t) => {
  const cwd = await mirrored(t);
  const { urls } = versionOf(cwd, '1.0.0');
  for (const [age, ...expected] of [
    ['1h', 3600, 60, 60],
    ['1500ms', 1, 1, 1],
    ['0', 0, 0, 0],
  ] as const) {
    const { origin } = await startServer(t, [...LOOSE, '--crate-max-age', age], cwd);
    const responses = await Promise.all(urls.map((url) => fetch(`${origin}${url}`, { method: 'HEAD' })));
    assert.deepEqual(
      responses.map(({ headers }) => headers.get('cache-control')),
      expected.map((seconds) => `public, max-age=${seconds}, must-revalidate`),
    );
  }
});
