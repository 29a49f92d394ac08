import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { NO_CARGO, Project } from '../support/cargo-project.ts';
import { mirrorSample, writeSample } from '../support/mirror-server-tools.ts';
import { type Cleanup, type Ended, runTool, scratch, summary } from '../support/tools.ts';

const ZLIB = 'site/crates/ve/nd';
/** Both of its versions have build metadata. */
const NAMES = [
  'vendored-zlib-1.3.1 zlib.1.3.crate',
  'vendored-zlib-1.3.1+zlib.1.3.crate',
  'vendored-zlib-1.3.2 zlib.1.3.crate',
  'vendored-zlib-1.3.2+zlib.1.3.crate',
];

/**
 * Serves a site like an object store that reads a `+` in a path as a space.
 *
 * @returns its origin
 */
async function startStore(t: Cleanup, site: string): Promise<string> {
  const server = createServer((request, reply) => {
    const { pathname } = new URL(request.url ?? '/', 'http://store');
    const key = decodeURIComponent(pathname.replaceAll('+', ' '));
    const path = join(site, key);
    if (key.includes('..') || !existsSync(path)) reply.writeHead(404).end('<Code>NoSuchKey</Code>');
    else reply.writeHead(200, { etag: `"${statSync(path).mtimeMs}"` }).end(readFileSync(path));
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function exportSite(t: Cleanup, cwd: string, url: string, ...args: string[]): Promise<Ended> {
  const common = ['--index-dir', 'index', '--out', 'site', '--public-url', url, '--log-format', 'json'];
  const from = args.includes('--bundles-dir') ? [] : ['--mirror', 'out'];
  const ended = await runTool(t, 'mirror-server', ['export', ...from, ...common, ...args], cwd);
  assert.equal(ended.code, 0, ended.stderr);
  return ended;
}

const names = (cwd: string): string[] => readdirSync(join(cwd, ZLIB)).sort();

for (const args of [
  ['--files', 'link'],
  ['--files', 'copy'],
  ['--bundles-dir', 'bundles'],
])
  test(`cargo builds from an object store that reads + as a space: ${args.join(' ')}`, {
    skip: NO_CARGO,
  }, async (t) => {
    const cwd = scratch(t);
    if (args.includes('--bundles-dir')) await mirrorSample(t, cwd, '--bundle');
    else await writeSample(cwd);
    const origin = await startStore(t, join(cwd, 'site'));
    const ended = await exportSite(t, cwd, origin, ...args);
    assert.equal(summary(ended)['placed'], 33, 'crate files are counted once');
    const project = new Project(cwd, origin);
    assert.match((await project.cargo('fetch')).stderr, /Downloaded vendored-zlib v1\.3\.2\+zlib\.1\.3/);
    assert.deepEqual(names(cwd), NAMES);
    const again = summary(await exportSite(t, cwd, origin, ...args, '--prune'));
    assert.deepEqual([again['placed'], again['orphans']], [0, 0]);
    assert.deepEqual(names(cwd), NAMES);
  });

test('the second name comes to a site that lacks it, is put right, and goes with the first', async (t) => {
  const cwd = scratch(t);
  const sample = await writeSample(cwd);
  const url = 'https://m.example';
  await exportSite(t, cwd, url, '--files', 'copy');
  rmSync(join(cwd, ZLIB, NAMES[0] as string));
  writeFileSync(join(cwd, ZLIB, NAMES[2] as string), 'damaged');
  const mended = await exportSite(t, cwd, url, '--files', 'copy');
  assert.equal(summary(mended)['placed'], 2);
  for (const name of [NAMES[0], NAMES[2]])
    assert.deepEqual(
      readFileSync(join(cwd, ZLIB, name as string)),
      readFileSync(join(cwd, ZLIB, (name as string).replace(' ', '+'))),
    );

  const [kept] = (sample.index.get('ve/nd/vendored-zlib') as string).split('\n');
  writeFileSync(join(cwd, 'index/ve/nd/vendored-zlib'), `${kept}\n`);
  await exportSite(t, cwd, url, '--files', 'copy', '--prune');
  assert.deepEqual(names(cwd), NAMES.slice(0, 2));
});
