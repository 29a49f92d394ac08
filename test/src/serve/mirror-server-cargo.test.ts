import assert from 'node:assert/strict';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasNginx, makeCertificate, type Sample, startNginx } from '@crates-mirror/sample-registry';
import { LAST_LINE, NO_CARGO, Project } from '../support/cargo-project.ts';
import { mirrorSample, startServer } from '../support/mirror-server-tools.ts';
import { type Cleanup, REPOSITORY, readTree, runTool, scratch } from '../support/tools.ts';

/** The checksums in the sample's index. */
function promised(sample: Sample): Map<string, string> {
  const lines = [...sample.index.values()].flatMap((text) => text.trim().split('\n'));
  const entries = lines.map((line) => JSON.parse(line) as { name: string; vers: string; cksum: string });
  return new Map(entries.map(({ name, vers, cksum }) => [`${name} ${vers}`, cksum]));
}

/** Covers everything that cargo does with a registry. */
async function assertCargoWorks(cwd: string, origin: string, sample: Sample): Promise<Project> {
  const project = new Project(cwd, origin);
  const fetched = await project.cargo('fetch');
  assert.match(fetched.stderr, /Downloaded vendored-zlib v1\.3\.2\+zlib\.1\.3/);
  const checksums = promised(sample);
  assert.ok(project.locked.size >= 20, `${project.locked.size} crates are locked`);
  for (const [crate, checksum] of project.locked) assert.equal(checksum, checksums.get(crate), crate);

  const built = await project.cargo('run', '--locked', '--offline');
  assert.equal(built.stdout.trimEnd().split('\n').at(-1), LAST_LINE);

  const updated = await project.cargo('update');
  assert.match(updated.stderr, /Locking 0 packages to latest compatible versions/);

  project.require('no-such-crate = "1"');
  const { code, stderr } = await project.tryCargo('fetch');
  assert.equal(code, 101);
  assert.match(stderr, /error: no matching package named `no-such-crate` found\nlocation searched: /);
  project.require('');
  return project;
}

test('cargo fetches, builds and updates from loose files', { skip: NO_CARGO }, async (t) => {
  const cwd = scratch(t);
  const sample = await mirrorSample(t, cwd);
  const late = join(cwd, 'out/sn/ow/snow_flake-0.2.1.crate');
  renameSync(late, join(cwd, 'late.crate'));
  const { origin } = await startServer(t, ['--mirror', 'out', '--index-dir', 'index'], cwd);
  const project = await assertCargoWorks(cwd, origin, sample);
  assert.ok(project.locked.has('snow_flake 0.2.0'), 'an entry without its crate file is not there');

  renameSync(join(cwd, 'late.crate'), late);
  await sleep(1100);
  const { stderr } = await project.cargo('update');
  assert.match(stderr, /Updating snow_flake v0\.2\.0 -> v0\.2\.1/);
  await project.cargo('build', '--locked');
});

test('cargo builds straight out of bundles, over TLS', { skip: NO_CARGO }, async (t) => {
  const cwd = scratch(t);
  const sample = await mirrorSample(t, cwd, '--bundle');
  const certificate = await serverCertificate(cwd);
  const args = ['--bundles-dir', 'bundles', '--index-dir', 'index', ...certificate];
  const { origin } = await startServer(t, args, cwd);
  assert.match(origin, /^https:/);
  process.env['CARGO_HTTP_CAINFO'] = join(cwd, 'server.pem');
  t.after(() => delete process.env['CARGO_HTTP_CAINFO']);
  await assertCargoWorks(cwd, origin, sample);
});

test('cargo builds from the export behind nginx, as docs/nginx.conf has it', {
  skip: NO_CARGO,
}, async (t) => {
  if (!hasNginx()) {
    t.skip('nginx is not installed');
    return;
  }
  const cwd = scratch(t);
  const sample = await mirrorSample(t, cwd);
  const nginx = await startDocumentedNginx(t, cwd);
  const args = ['export', '--mirror', 'out', '--index-dir', 'index', '--out', 'site', '--public-url', nginx];
  const exported = await runTool(t, 'mirror-server', args, cwd);
  assert.equal(exported.code, 0, exported.stderr);
  await assertCargoWorks(cwd, nginx, sample);
  const path = [...readTree(join(cwd, 'site/crates')).keys()].find((name) => name.endsWith('.crate')) ?? '';
  const cacheOf = async (query: string): Promise<string | null> => {
    const response = await fetch(`${nginx}/crates/${path}${query}`);
    assert.equal(response.status, 200);
    await response.arrayBuffer();
    return response.headers.get('cache-control');
  };
  assert.equal(await cacheOf(`?sha256=${'a'.repeat(64)}`), 'public, max-age=600, must-revalidate');
  for (const query of ['', '?sha256=', '?sha256=1', `?sha256=${'a'.repeat(65)}`])
    assert.equal(await cacheOf(query), 'public, max-age=60, must-revalidate', query);
});

async function serverCertificate(cwd: string): Promise<string[]> {
  const { cert, key } = await makeCertificate();
  writeFileSync(join(cwd, 'server.pem'), cert);
  writeFileSync(join(cwd, 'server.key'), key);
  return ['--tls-cert', 'server.pem', '--tls-key', 'server.key'];
}

/** @returns its origin */
async function startDocumentedNginx(t: Cleanup, cwd: string): Promise<string> {
  const documented = readFileSync(join(REPOSITORY, 'docs/nginx.conf'), 'utf8');
  const nginx = await startNginx({
    home: join(cwd, 'nginx'),
    root: join(cwd, 'site'),
    keepaliveRequests: 1000,
    server: (port) =>
      documented
        .replace('listen 80;', `listen 127.0.0.1:${port};`)
        .replace('root /srv/mirror;', `root ${join(cwd, 'site')};`),
  });
  t.after(() => nginx.stop());
  return nginx.origin;
}
