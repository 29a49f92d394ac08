import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { sha256Hex } from '@crates-mirror/hashing';
import {
  type FaultyProxy,
  makeBucket,
  NO_SWIFT,
  putPlainly,
  type Swift,
  startFaultyProxy,
  startSwift,
} from '@crates-mirror/object-store';
import type { Sample } from '@crates-mirror/sample-registry';
import { LAST_LINE, NO_CARGO, Project } from '../support/cargo-project.ts';
import {
  mirrorSample,
  type RunningServer,
  startServer,
  writeSample,
} from '../support/mirror-server-tools.ts';
import { type Cleanup, scratch, shared, startTool } from '../support/tools.ts';

const store = shared(async (t): Promise<{ swift: Swift; url: string }> => {
  const swift = await startSwift(t);
  return { swift, url: await makeBucket(swift, 'mirror') };
});

interface Place {
  readonly cwd: string;
  readonly prefix: string;
  readonly sample: Sample;
  readonly swift: Swift;
  /** Public URL of the mirror in the store. */
  readonly url: string;
  /** Between the servers and the store. */
  readonly proxy: FaultyProxy;
  publish(): Promise<void>;
  serve(...args: string[]): Promise<RunningServer>;
}

/** @param paths of the index files [all of the sample] */
async function open(t: Cleanup, prefix: string, paths?: readonly string[]): Promise<Place> {
  const { swift, url } = await store();
  const cwd = scratch(t);
  const sample = await writeSample(cwd);
  for (const path of sample.index.keys())
    if (paths?.includes(path) === false) rmSync(join(cwd, 'index', path));
  const proxy = await startFaultyProxy(t, swift.endpoint);
  const env = { ...swift.environment, HOME: cwd };
  const mirror = `s3://mirror/${prefix}`;
  return {
    ...{ cwd, prefix, sample, swift, proxy },
    url: `${url}/${prefix}`,
    publish: async () => {
      const from = ['--mirror', 'out', '--index-dir', 'index', '--public-url', 'https://m.example'];
      const args = [
        'export',
        ...from,
        '--site',
        mirror,
        '--max-removals',
        '5',
        '--cache-dir',
        'export-cache',
      ];
      const ended = await startTool(t, 'mirror-server', args, cwd, env).ended;
      assert.equal(ended.code, 0, ended.stderr);
    },
    serve: (...args) => {
      const to = ['--mirror', mirror, '--cache-dir', 'cache', '--s3-endpoint', proxy.endpoint];
      return startServer(t, [...to, ...args], cwd, env);
    },
  };
}

interface Line {
  readonly name: string;
  readonly vers: string;
  readonly cksum: string;
}

const crateUrl = ({ name, vers, cksum }: Line): string => `/crates/x/${name}-${vers}.crate?sha256=${cksum}`;

async function linesOf({ origin }: RunningServer, path: string): Promise<Line[]> {
  const reply = await fetch(`${origin}/index/${path}`);
  if (reply.status === 404) return [];
  assert.equal(reply.status, 200, path);
  return (await reply.text())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** Their index files are changed, or are all that the mirror has. */
const CHANGING = ['ro/ma/roman', 'te/xt/textkit'];

/**
 * Fetches all that one server names of some crates from another one. A version that is withdrawn
 * meanwhile may be refused by the first server that notices; the other one follows.
 *
 * @returns the names and versions
 */
async function fetchAll(
  named: RunningServer,
  from: RunningServer,
  paths: Iterable<string> = CHANGING,
): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths)
    for (const line of await linesOf(named, path)) {
      const reply = await fetch(from.origin + crateUrl(line));
      if (reply.status === 404) {
        await assertEventually(
          async () => !(await linesOf(named, path)).some(({ vers }) => vers === line.vers),
        );
        continue;
      }
      assert.equal(reply.status, 200, `${line.name} ${line.vers} is named and not served`);
      assert.equal(sha256Hex(Buffer.from(await reply.arrayBuffer())), line.cksum);
      found.push(`${line.name} ${line.vers}`);
    }
  return found;
}

describe('a mirror in OpenStack Swift', { skip: NO_SWIFT }, () => {
  test('two servers serve what a writer publishes, and name nothing that the other does not serve', {
    skip: NO_CARGO,
  }, async (t) => {
    const place = await open(t, 'two');
    const { cwd, sample } = place;
    const textkit = sample.index.get('te/xt/textkit') as string;
    const [, ...rest] = textkit.trimEnd().split('\n');
    const roman = join(cwd, 'index/ro/ma/roman');
    rmSync(roman);
    await place.publish();
    const servers = [await place.serve(), await place.serve()] as const;
    assert.deepEqual(await linesOf(servers[0], 'ro/ma/roman'), []);
    // One crate comes, and a version goes.
    writeFileSync(roman, sample.index.get('ro/ma/roman') as string);
    writeFileSync(join(cwd, 'index/te/xt/textkit'), rest.map((line) => `${line}\n`).join(''));
    let isPublishing = true;
    const publishing = place.publish().finally(() => {
      isPublishing = false;
    });
    do await fetchAll(servers[0], servers[1]);
    while (isPublishing);
    await publishing;
    for (const [i, server] of servers.entries()) {
      const project = new Project(cwd, server.origin);
      const { stdout } = await project.cargo(...(i === 0 ? ['fetch'] : ['run', '--quiet']));
      if (i > 0) assert.equal(stdout.trimEnd().split('\n').at(-1), LAST_LINE);
      const [withdrawn] = textkit.split('\n').map((line) => JSON.parse(line || '{}') as Line);
      const gone = await fetch(server.origin + crateUrl(withdrawn as Line));
      assert.equal(gone.status, 404, 'a withdrawn version is in the cache, and not served');
    }
    const all = await fetchAll(servers[1], servers[0], sample.index.keys());
    assert.equal(all.length, 32);
    assert.match(await (await fetch(`${servers[0].origin}/metrics`)).text(), /crates_mirror_server_\w+/);
  });

  test('what the store does not answer is 503, and tried again; the cache has what was read', async (t) => {
    const place = await open(t, 'faults', CHANGING);
    await place.publish();
    const server = await place.serve();
    const [line] = await linesOf(server, 'ro/ma/roman');
    const url = server.origin + crateUrl(line as Line);
    const isCrate = (request: string): boolean => /^GET .*\.crate$/.test(request);
    for (const fault of [{ status: 503, word: 'SlowDown' }, 'cut', 'half'] as const) {
      place.proxy.fault = (request) => (isCrate(request) ? fault : 'pass');
      const reply = await fetch(url);
      assert.deepEqual([reply.status, reply.headers.get('retry-after')], [503, '5'], JSON.stringify(fault));
    }
    place.proxy.fault = (request) => (isCrate(request) ? { status: 403, word: 'ExpiredToken' } : 'pass');
    assert.equal((await fetch(url)).status, 503);
    assert.match(server.stderr(), /ERROR.* the object store says that the credentials have expired/);
    place.proxy.fault = () => 'pass';
    assert.equal((await fetch(url)).status, 200);
    assert.equal((await fetch(`${server.origin}/healthz`)).status, 200);

    const other = await place.serve();
    place.proxy.fault = (request) => (isCrate(request) ? 'cut' : 'pass');
    const kept = await fetch(other.origin + crateUrl(line as Line));
    assert.equal(sha256Hex(Buffer.from(await kept.arrayBuffer())), (line as Line).cksum, 'from the cache');
    place.proxy.fault = () => 'cut';
    assert.equal((await fetch(`${other.origin}/index/te/xt/textkit`)).status, 503);
    await assertEventually(async () => (await fetch(`${other.origin}/healthz`)).status === 503);
    assert.doesNotMatch(server.stderr() + other.stderr(), /\n\s+at /);
  });

  test('wrong bytes are not served, and their version is left out', async (t) => {
    const place = await open(t, 'wrong', CHANGING);
    await place.publish();
    const key = 'mirror/wrong/crates/ro/ma/roman-1.0.0.crate';
    await putPlainly(place.swift, key, Buffer.from('other bytes'));
    const server = await place.serve('--deny', 'deny.toml').catch(() => undefined);
    assert.equal(server, undefined, 'a denylist must be there');
    writeFileSync(
      join(place.cwd, 'deny.toml'),
      'version = 1\n[[deny]]\ncrate = "textkit"\nreason = "malicious"\n',
    );
    const denying = await place.serve('--deny', 'deny.toml');
    const [line] = await linesOf(denying, 'ro/ma/roman');
    assert.equal((await fetch(denying.origin + crateUrl(line as Line))).status, 404);
    await assertEventually(async () => (await linesOf(denying, 'ro/ma/roman')).length === 0);
    assert.match(denying.stderr(), /roman 1\.0\.0 is damaged in s3:\/\/mirror\/wrong\/crates\/ro\/ma\/roman/);
    assert.match(await (await fetch(`${denying.origin}/healthz`)).text(), /^degraded: 1 /);
    const [denied] = await linesOf(denying, 'te/xt/textkit');
    assert.equal((await fetch(denying.origin + crateUrl(denied as Line))).status, 403);
  });

  test('members of bundles are read by ranges, and loose files may be redirected', async (t) => {
    const place = await open(t, 'bundled', CHANGING);
    const { swift } = place;
    await place.publish();
    const local = scratch(t);
    await mirrorSample(t, local, '--bundle');
    for (const name of readdirSync(join(local, 'bundles')))
      if (name !== '.crates-mirror')
        await putPlainly(swift, `mirror/bundled/bundles/${name}`, readFileSync(join(local, 'bundles', name)));
    const bundled = await place.serve('--redirect', 'presigned');
    assert.equal((await fetchAll(bundled, bundled)).length, 4);
    const loose = await open(t, 'redirected', CHANGING);
    await loose.publish();
    for (const [to, origin] of [
      ['presigned', loose.proxy.endpoint],
      [loose.url, new URL(loose.url).origin],
    ] as const) {
      const server = await loose.serve('--redirect', to);
      const [line] = await linesOf(server, 'ro/ma/roman');
      const reply = await fetch(server.origin + crateUrl(line as Line), { redirect: 'manual' });
      assert.deepEqual([reply.status, new URL(reply.headers.get('location') ?? '').origin], [302, origin]);
      assert.equal((await fetchAll(server, server)).length, 4);
    }
  });
});

async function assertEventually(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50));
}
