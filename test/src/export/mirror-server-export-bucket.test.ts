import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  type FaultyProxy,
  makeBucket,
  NO_SWIFT,
  type Swift,
  startFaultyProxy,
  startSwift,
} from '@crates-mirror/object-store';
import { NO_CARGO, Project } from '../support/cargo-project.ts';
import { writeSample } from '../support/mirror-server-tools.ts';
import { type Cleanup, type Ended, scratch, shared, startTool, summary } from '../support/tools.ts';

interface Store {
  readonly swift: Swift;
  /** The bucket's public URL. */
  readonly url: string;
}

const store = shared(async (t): Promise<Store> => {
  const swift = await startSwift(t);
  return { swift, url: await makeBucket(swift, 'mirror') };
});

/** One site, and the store behind a proxy that records all requests. */
interface Site extends Store {
  readonly cwd: string;
  readonly proxy: FaultyProxy;
  export(...args: string[]): Promise<Ended>;
  /**
   * Requests for single objects below `crates` and `index` in the last export, like
   * `PUT crates/se/rd/serde-1.0.0.crate`.
   */
  asked(): string[];
}

async function openSite(t: Cleanup, prefix: string): Promise<Site> {
  const { swift, url } = await store();
  const cwd = scratch(t);
  await writeSample(cwd);
  const proxy = await startFaultyProxy(t, swift.endpoint);
  const args = [
    ...['export', '--mirror', 'out', '--index-dir', 'index', '--site', `s3://mirror/${prefix}`],
    ...['--public-url', `${url}/${prefix}`, '--cache-dir', 'cache', '--s3-endpoint', proxy.endpoint],
    ...['--log-format', 'json'],
  ];
  return {
    swift,
    url,
    cwd,
    proxy,
    export: (...more) => {
      proxy.seen.length = 0;
      return startTool(t, 'mirror-server', [...args, ...more], cwd, { ...swift.environment, HOME: cwd })
        .ended;
    },
    asked: () =>
      proxy.seen.flatMap((line) => {
        const [, method, key] = /^(\w+) \/mirror\/[^/]+\/((?:crates|index)\/.*)$/.exec(line) ?? [];
        return method === undefined ? [] : [`${method} ${decodeURIComponent(key ?? '')}`];
      }),
  };
}

async function done(ended: Promise<Ended>): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await ended;
  assert.equal(code, 0, stderr);
  return summary({ code, stdout, stderr });
}

const isOf = (start: string) => (line: string) => line.startsWith(start);

describe('an export to OpenStack Swift', { skip: NO_SWIFT }, () => {
  test('cargo fetches from the bucket; a night without changes asks for no object', {
    skip: NO_CARGO,
  }, async (t) => {
    const site = await openSite(t, 'cargo');
    assert.equal((await done(site.export()))['placed'], 33);
    const puts = site.asked().filter(isOf('PUT'));
    const lastCrate = puts.findLastIndex(isOf('PUT crates/'));
    assert.ok(lastCrate < puts.findIndex(isOf('PUT index/')), 'the index comes after the crate files');
    assert.equal(puts.at(-1), 'PUT index/config.json');
    const project = new Project(site.cwd, `${site.url}/cargo`);
    await project.cargo('fetch');
    const { headers } = await fetch(`${site.url}/cargo/index/config.json`);
    assert.equal(headers.get('content-type'), 'application/json');

    assert.equal((await done(site.export()))['placed'], 0);
    assert.deepEqual(site.asked(), []);
    rmSync(join(site.cwd, 'cache'), { recursive: true });
    assert.equal((await done(site.export()))['placed'], 0);
    assert.deepEqual(
      site.asked().filter((line) => !line.startsWith('HEAD ')),
      [],
      'no body is read or sent again',
    );
  });

  test('a store that is full stops the export before anything is published; the next goes on', async (t) => {
    const site = await openSite(t, 'full');
    let room = 10;
    site.proxy.fault = (line) =>
      line.startsWith('PUT /mirror/full/crates/') && room-- <= 0
        ? { status: 507, word: 'InsufficientStorage' }
        : 'pass';
    const ended = await site.export();
    assert.equal(ended.code, 1);
    assert.match(ended.stderr, /PUT s3:\/\/mirror\/full\/crates\/\S+: the object store has no room \(507/);
    assert.deepEqual(site.asked().filter(isOf('PUT index/')), []);
    site.proxy.fault = () => 'pass';
    const rest = await done(site.export());
    assert.ok(Number(rest['placed']) < 33, `${rest['placed']} again`);
    assert.equal(rest['versions'], 33);
  });

  test('a version that has left the index goes after its entry; a file damaged in the mirror stays in the bucket', async (t) => {
    const site = await openSite(t, 'gone');
    await done(site.export());
    const file = join(site.cwd, 'index/te/xt/textkit');
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    writeFileSync(
      file,
      lines
        .filter((line) => !line.includes('"vers":"1.0.0"'))
        .map((line) => `${line}\n`)
        .join(''),
    );
    writeFileSync(join(site.cwd, 'out/ro/ma/roman-1.0.0.crate'), 'damaged');
    const ended = await site.export('--prune');
    assert.equal(ended.code, 1);
    assert.match(ended.stderr, /damaged in out\/ro\/ma\/roman-1\.0\.0\.crate/);
    assert.deepEqual(
      site.asked().filter((line) => !line.startsWith('HEAD ') && !line.startsWith('GET ')),
      ['PUT index/te/xt/textkit', 'DELETE crates/te/xt/textkit-1.0.0.crate'],
    );
    assert.equal((await fetch(`${site.url}/gone/crates/ro/ma/roman-1.0.0.crate`)).status, 200);
  });

  test('an invalid or unreachable site is refused in one line', async (t) => {
    const site = await openSite(t, 'refused');
    await done(site.export());
    for (const [args, message] of [
      [['--site', 's3://mirror'], /--site: s3:\/\/mirror is no site of ours, and has /],
      [['--site', 's3://none/x'], /--site: GET s3:\/\/none\/x\/\S+: the object store has no such bucket/],
      [['--repair'], /--repair copies files from a site in a directory/],
      [['--out', 'site'], /--out and --site exclude each other/],
    ] as const) {
      const { code, stderr } = await site.export(...args);
      assert.deepEqual([code, message.test(stderr), /\n\s+at /.test(stderr)], [2, true, false], stderr);
    }
  });
});
