import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { NO_CARGO, Project } from '../support/cargo-project.ts';
import { startServer, writeSample } from '../support/mirror-server-tools.ts';
import { readTree, runTool, scratch, summary } from '../support/tools.ts';

const LOOSE = ['--mirror', 'out', '--index-dir', 'index', '--deny', 'deny.toml'];
const REASON = 'snow_flake 0.2.1 is denied by this mirror since 2026-11-02: reads ~/.cargo/credentials.toml';

function denyNothing(cwd: string): void {
  writeFileSync(join(cwd, 'deny.toml'), 'version = 1\n');
}

/** Of two versions, the one that a build would choose. */
function deny(cwd: string): void {
  const rule = 'versions = ">=0.2.1"\nreason = "reads ~/.cargo/credentials.toml"\nsince = 2026-11-02';
  writeFileSync(join(cwd, 'deny.toml'), `version = 1\n\n[[deny]]\ncrate = "snow-flake"\n${rule}\n`);
}

/** The URLs of the denied version's crate file, including the one by checksum. */
function urlsOf(cwd: string, origin: string): readonly string[] {
  const line = readFileSync(join(cwd, 'index/sn/ow/snow_flake'), 'utf8').trimEnd().split('\n').at(-1) ?? '';
  const { cksum } = JSON.parse(line) as { cksum: string };
  const path = `${origin}/crates/sn/ow/snow_flake-0.2.1.crate`;
  return [path, `${path}?sha256=${cksum}`, `${origin}/crates/snow_flake/0.2.1/download`];
}

test('a denied version is refused at once by every URL with the reason, --serve-removed or not', async (t) => {
  const cwd = scratch(t);
  await writeSample(cwd);
  denyNothing(cwd);
  const advisory = '[advisory]\nid = "RUSTSEC-2026-0001"\npackage = "snow_flake"\ndate = "2026-11-02"';
  mkdirSync(join(cwd, 'advisory-db/crates/snow_flake'), { recursive: true });
  writeFileSync(
    join(cwd, 'advisory-db/crates/snow_flake/RUSTSEC-2026-0001.md'),
    `\`\`\`toml\n${advisory}\n[versions]\npatched = [">=0.2.1"]\n\`\`\`\n\n# It melts\n`,
  );
  const server = await startServer(t, [...LOOSE, '--serve-removed', '--advisories', 'advisory-db'], cwd);
  const urls = urlsOf(cwd, server.origin);
  const responses = await Promise.all(urls.map((url) => fetch(url)));
  const etag = responses[1]?.headers.get('etag') ?? '';
  assert.deepEqual(
    responses.map(({ status }) => status),
    [200, 200, 200],
  );
  deny(cwd);
  while ((await fetch(urls[0] ?? '')).status !== 403) await sleep(20);
  for (const url of urls)
    for (const headers of [{}, { range: 'bytes=0-9' }, { 'if-none-match': etag }]) {
      const response = await fetch(url, { headers });
      assert.deepEqual(
        [response.status, response.headers.get('cache-control'), await response.text()],
        [403, 'no-store', `${REASON}\n`],
      );
    }
  const page = await (await fetch(`${server.origin}/crates/snow_flake`)).text();
  assert.match(page, /RUSTSEC-2026-0001.*It melts.*<td>0\.2\.0<.*denied.*credentials\.toml/s);

  writeFileSync(join(cwd, 'deny.toml'), 'version = 1\n[[deny]]\ncrate = "snow');
  while (!server.stderr().includes('stays denied')) {
    assert.equal((await fetch(urls[0] ?? '')).status, 403, 'a damaged list leaves what was denied');
    await sleep(20);
  }
});

test('cargo shows the reason for a version that a lock file names, and chooses no denied one', {
  skip: NO_CARGO,
}, async (t) => {
  const cwd = scratch(t);
  await writeSample(cwd);
  denyNothing(cwd);
  const server = await startServer(t, LOOSE, cwd);
  const project = new Project(cwd, server.origin);
  project.require('snow_flake = "0.2"');
  await project.cargo('generate-lockfile');
  assert.ok(project.locked.has('snow_flake 0.2.1'));
  deny(cwd);
  while ((await fetch(urlsOf(cwd, server.origin)[0] ?? '')).status !== 403) await sleep(20);

  // A build machine without cached index files.
  rmSync(join(cwd, 'cargo-home'), { recursive: true });
  const locked = await project.tryCargo('fetch', '--locked');
  assert.notEqual(locked.code, 0);
  assert.ok(locked.stderr.includes(REASON), locked.stderr);

  await project.cargo('update');
  assert.ok(project.locked.has('snow_flake 0.2.0'));
  await project.cargo('fetch', '--locked');

  project.require('snow_flake = "=0.2.1"');
  const exact = await project.tryCargo('update');
  assert.match(exact.stderr, /version 0\.2\.1 is yanked/);
});

test('an export leaves denied versions out, and takes them out of a site before all else', async (t) => {
  const cwd = scratch(t);
  await writeSample(cwd);
  denyNothing(cwd);
  const args = [
    'export',
    ...LOOSE,
    '--out',
    'site',
    '--public-url',
    'https://m.example',
    '--on-removed',
    'keep',
  ];
  const first = await runTool(t, 'mirror-server', args, cwd);
  assert.equal(first.code, 0, first.stderr);
  const before = readTree(join(cwd, 'site/crates'));
  deny(cwd);
  // The denial does not need the crate's index entry.
  writeFileSync(join(cwd, 'index/sn/ow/snow_flake'), '');
  const second = await runTool(t, 'mirror-server', args, cwd);
  assert.equal(second.code, 1, second.stderr);
  assert.match(
    second.stderr,
    /snow_flake 0\.2\.1 is denied since 2026-11-02: reads .*\. crates\/sn\/ow\/snow_flake-0\.2\.1\.crate is removed/,
  );
  assert.match(second.stdout, / denied +0 {3}left out by --deny, 1 crate file removed\n/);
  const after = readTree(join(cwd, 'site/crates'));
  assert.deepEqual(
    [...before.keys()].filter((path) => !after.has(path)),
    ['sn/ow/snow_flake-0.2.1.crate'],
  );
  assert.doesNotMatch(readFileSync(join(cwd, 'site/index/sn/ow/snow_flake'), 'utf8'), /0\.2\.1/);

  await writeSample(cwd);
  const third = summary(await runTool(t, 'mirror-server', [...args, '--log-format', 'json'], cwd));
  assert.deepEqual([third['denied'], third['denied_removed'], third['problems']], [1, 0, 0]);
  assert.ok(!readTree(join(cwd, 'site/crates')).has('sn/ow/snow_flake-0.2.1.crate'));
});
