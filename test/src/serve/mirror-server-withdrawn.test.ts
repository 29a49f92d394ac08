import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { sha256Hex } from '@crates-mirror/hashing';
import { hasNginx, type Nginx, startNginx } from '@crates-mirror/sample-registry';
import { NO_CARGO, Project } from '../support/cargo-project.ts';
import { mirrorSample, type RunningServer, startServer } from '../support/mirror-server-tools.ts';
import { type Ended, REPOSITORY, runTool, scratch } from '../support/tools.ts';

const LOOSE = ['--mirror', 'out', '--index-dir', 'index'];
const NO_TOOLS = NO_CARGO === false && !hasNginx() ? 'nginx is not installed' : NO_CARGO;

/**
 * Upstream changes to versions that a lock file names: a line, and a whole crate, leave the index.
 */
const WITHDRAWN = {
  name: 'vendored-zlib',
  version: '1.3.2+zlib.1.3',
  file: 've/nd/vendored-zlib',
  crate: 've/nd/vendored-zlib-1.3.2+zlib.1.3.crate',
};
const DELETED = { name: 'hex', version: '1.0.0', file: '3/h/hex', crate: '3/h/hex-1.0.0.crate' };
const REPUBLISHED = {
  name: 'textkit',
  version: '1.1.0',
  file: 'te/xt/textkit',
  crate: 'te/xt/textkit-1.1.0.crate',
};
type Version = typeof WITHDRAWN;
const NOT_NAMED = /does not name vendored-zlib 1\.3\.2\+zlib\.1\.3/;
const OTHER_CHECKSUM = /names textkit 1\.1\.0 with another checksum/;

function withdraw(cwd: string): void {
  const path = join(cwd, 'index', WITHDRAWN.file);
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  const left = lines.filter((line) => !line.includes(`"vers":"${WITHDRAWN.version}"`));
  assert.equal(left.length, lines.length - 1);
  writeFileSync(path, left.map((line) => `${line}\n`).join(''));
}

/**
 * The same file with another checksum, as the mirror holds it after the night.
 *
 * @returns that checksum
 */
function republish(cwd: string): string {
  const crate = join(cwd, 'out', REPUBLISHED.crate);
  const before = readFileSync(crate);
  const after = gzipSync(gunzipSync(before), { level: 1 });
  rmSync(crate);
  writeFileSync(crate, after);
  const path = join(cwd, 'index', REPUBLISHED.file);
  writeFileSync(path, readFileSync(path, 'utf8').replace(sha256Hex(before), sha256Hex(after)));
  return sha256Hex(after);
}

function urlOf(origin: string, { crate }: Version, sha256: string): string {
  return `${origin}/crates/${crate}?sha256=${sha256}`;
}

async function statusOf(url: string): Promise<number> {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.status;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(50);
}

/**
 * A project whose lock file names all of today's versions, and a cargo home that has the index but
 * no crate files.
 */
class LockedProject {
  readonly #home: string;
  readonly #project: Project;
  readonly locked: ReadonlyMap<string, string>;

  static async make(cwd: string, name: string, origin: string): Promise<LockedProject> {
    mkdirSync(join(cwd, name));
    const project = new Project(join(cwd, name), origin);
    await project.cargo('generate-lockfile');
    return new LockedProject(join(cwd, name, 'cargo-home'), project);
  }

  private constructor(home: string, project: Project) {
    this.#home = home;
    this.#project = project;
    this.locked = project.locked;
  }

  checksumOf({ name, version }: Version): string {
    const checksum = this.locked.get(`${name} ${version}`);
    assert.ok(checksum !== undefined, `${name} ${version} is locked`);
    return checksum;
  }

  /**
   * Requests only crate files: cargo does not request cached index files that satisfy the lock
   * file.
   */
  fetchAnew(): Promise<Ended> {
    for (const part of ['cache', 'src'])
      rmSync(join(this.#home, 'registry', part), { recursive: true, force: true });
    return this.#project.tryCargo('fetch', '--locked');
  }

  fetchFromNothing(): Promise<Ended> {
    rmSync(this.#home, { recursive: true });
    return this.#project.tryCargo('fetch', '--locked');
  }

  async assertFetches(): Promise<void> {
    const { code, stderr } = await this.fetchAnew();
    assert.equal(code, 0, stderr);
  }

  /** With the index that cargo has cached, and without any cache. */
  async assertRefused({ name }: Version, why: RegExp): Promise<void> {
    const known = await this.fetchAnew();
    assert.equal(known.code, 101, known.stderr);
    assert.match(known.stderr, why);
    const anew = await this.fetchFromNothing();
    assert.equal(anew.code, 101, anew.stderr);
    assert.match(anew.stderr, new RegExp(name));
  }
}

async function untilRefused(
  origin: string,
  project: LockedProject,
  version: Version,
  why: RegExp,
): Promise<void> {
  const url = urlOf(origin, version, project.checksumOf(version));
  await until(async () => why.test(await (await fetch(url)).text()));
  assert.equal(await statusOf(url), 404);
}

async function restart(t: TestContext, server: RunningServer, cwd: string, ...more: string[]): Promise<void> {
  server.child.kill('SIGTERM');
  await server.ended;
  const { host } = new URL(server.origin);
  await startServer(t, [...LOOSE, '--listen', host, ...more], cwd);
}

test('cargo --locked gets nothing that was withdrawn from the server, nor after a restart', {
  skip: NO_CARGO,
}, async (t) => {
  const cwd = scratch(t);
  await mirrorSample(t, cwd);
  const server = await startServer(t, LOOSE, cwd);
  const { origin } = server;
  const [first, second, third] = (await Promise.all(
    ['first', 'second', 'third'].map((name) => LockedProject.make(cwd, name, origin)),
  )) as [LockedProject, LockedProject, LockedProject];
  await first.assertFetches();

  withdraw(cwd);
  await untilRefused(origin, first, WITHDRAWN, NOT_NAMED);
  await first.assertRefused(WITHDRAWN, NOT_NAMED);
  await restart(t, server, cwd);
  await second.assertRefused(WITHDRAWN, NOT_NAMED);

  rmSync(join(cwd, 'index', DELETED.file));
  await untilRefused(origin, third, DELETED, /does not name hex 1\.0\.0/);
  const { code, stderr } = await third.fetchAnew();
  assert.equal(code, 101, stderr);
  assert.match(stderr, /the index of this mirror does not name/);
});

test('cargo --locked: published anew, the new crate file is fetched and the old one refused', {
  skip: NO_CARGO,
}, async (t) => {
  const cwd = scratch(t);
  await mirrorSample(t, cwd);
  const { origin } = await startServer(t, LOOSE, cwd);
  const before = await LockedProject.make(cwd, 'before', origin);
  const checksum = republish(cwd);
  await untilRefused(origin, before, REPUBLISHED, OTHER_CHECKSUM);
  await before.assertRefused(REPUBLISHED, OTHER_CHECKSUM);
  const after = await LockedProject.make(cwd, 'after', origin);
  assert.equal(after.checksumOf(REPUBLISHED), checksum);
  await after.assertFetches();
});

test('--serve-removed: cargo --locked gets what was withdrawn', { skip: NO_CARGO }, async (t) => {
  const cwd = scratch(t);
  await mirrorSample(t, cwd);
  const server = await startServer(t, LOOSE, cwd);
  const project = await LockedProject.make(cwd, 'project', server.origin);
  withdraw(cwd);
  rmSync(join(cwd, 'index', DELETED.file));
  await restart(t, server, cwd, '--serve-removed');
  await project.assertFetches();
});

test('a cache before the server, as docs/nginx-cache.conf has it, serves nothing that was withdrawn', {
  skip: NO_TOOLS,
}, async (t) => {
  const cwd = scratch(t);
  await mirrorSample(t, cwd);
  const server = await startServer(t, [...LOOSE, '--crate-max-age', '1s'], cwd);
  const nginx = await startDocumented(t, cwd, 'nginx-cache.conf', [
    ['/var/cache/nginx/mirror', join(cwd, 'cache')],
    ['http://127.0.0.1:8080', server.origin],
  ]);
  const project = await LockedProject.make(cwd, 'project', nginx.origin);
  await project.assertFetches();
  const url = urlOf(nginx.origin, WITHDRAWN, project.checksumOf(WITHDRAWN));
  const seen = new Set<string | null>();
  await until(async () => {
    const response = await fetch(url);
    await response.arrayBuffer();
    seen.add(response.headers.get('x-cache-status'));
    return seen.has('HIT') && seen.has('REVALIDATED');
  });
  withdraw(cwd);
  await untilRefused(nginx.origin, project, WITHDRAWN, NOT_NAMED);
  await project.assertRefused(WITHDRAWN, NOT_NAMED);
  assert.equal(await statusOf(url), 404, 'nor any more after that');
});

test('an exported site behind nginx, as docs/nginx.conf has it, serves nothing that was withdrawn', {
  skip: NO_TOOLS,
}, async (t) => {
  const cwd = scratch(t);
  await mirrorSample(t, cwd);
  const nginx = await startDocumented(t, cwd, 'nginx.conf', [
    ['root /srv/mirror;', `root ${join(cwd, 'site')};`],
  ]);
  const exportSite = async (): Promise<void> => {
    const site = ['export', ...LOOSE, '--out', 'site', '--public-url', nginx.origin];
    const { code, stderr } = await runTool(t, 'mirror-server', site, cwd);
    assert.equal(code, 0, stderr);
  };
  await exportSite();
  const project = await LockedProject.make(cwd, 'project', nginx.origin);
  await project.assertFetches();
  const url = urlOf(nginx.origin, WITHDRAWN, project.checksumOf(WITHDRAWN));
  const { headers } = await fetch(url, { method: 'HEAD' });
  assert.equal(headers.get('cache-control'), 'public, max-age=600, must-revalidate');
  const validator = { 'if-none-match': headers.get('etag') as string };
  assert.equal((await fetch(url, { headers: validator })).status, 304);

  withdraw(cwd);
  await exportSite();
  assert.equal((await fetch(url, { headers: validator })).status, 404);
  await project.assertRefused(WITHDRAWN, /got 404/);

  // Published again, while the new crate file is not mirrored yet.
  const old = project.checksumOf(REPUBLISHED);
  republish(cwd);
  rmSync(join(cwd, 'out', REPUBLISHED.crate));
  await exportSite();
  assert.equal(await statusOf(urlOf(nginx.origin, REPUBLISHED, old)), 404);
});

/** @param names in the documentation, with their replacements here */
async function startDocumented(
  t: TestContext,
  cwd: string,
  file: string,
  names: readonly (readonly [string, string])[],
): Promise<Nginx> {
  const documented = readFileSync(join(REPOSITORY, 'docs', file), 'utf8');
  const nginx = await startNginx({
    home: join(cwd, 'nginx'),
    root: join(cwd, 'site'),
    keepaliveRequests: 1000,
    server: (port) =>
      names.reduce(
        (text, [from, to]) => text.replace(from, to),
        documented.replace('listen 80;', `listen 127.0.0.1:${port};`),
      ),
  });
  t.after(() => nginx.stop());
  return nginx;
}
