import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { REPOSITORY, readTree, runTool, scratch, startUpstream } from '../support/tools.ts';

test('a mirror that was there and is gone is refused, and nothing is made in its place', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 2 });
  const bundles = ['--bundle', '--bundles-out', 'b/bundles'];
  for (const more of [[], bundles]) {
    const args = [...upstream.args, '--out', 'a/m', '--manifest', 'a/manifest.jsonl', ...more];
    const refused = await runTool(t, 'downloader', [...args, '--require-existing'], cwd);
    assert.equal(refused.code, 2);
    assert.equal(
      refused.stderr,
      'downloader: --out: there is no mirror in a/m, and --require-existing asks for one. Check whether its file system is mounted; to begin a new mirror, leave --require-existing out\n',
    );
    assert.ok(!existsSync(join(cwd, 'a')));
    assert.equal((await runTool(t, 'downloader', args, cwd)).code, 0);
    const again = await runTool(t, 'downloader', [...args, '--require-existing'], cwd);
    assert.deepEqual([again.code, again.stderr], [0, '']);
    if (more.length === 0) rmSync(join(cwd, 'a'), { recursive: true });
  }
  rmSync(join(cwd, 'b'), { recursive: true });
  const args = [...upstream.args, '--out', 'a/m', '--manifest', 'a/manifest.jsonl', ...bundles];
  const { code, stderr } = await runTool(t, 'downloader', [...args, '--require-existing'], cwd);
  assert.equal(code, 2);
  assert.match(
    stderr,
    /^downloader: --bundles-out: there is no mirror in b\/bundles, and --require-existing/,
  );
  assert.ok(!existsSync(join(cwd, 'b')));
});

test('index-cloner refuses it before the index is fetched', async (t) => {
  const cwd = scratch(t);
  const args = ['--index-dir', 'i', '--index-url', 'https://127.0.0.1:9/none', '--output-dir', 'm', '--yes'];
  const { code, stderr } = await runTool(t, 'index-cloner', [...args, '--require-existing'], cwd);
  assert.equal(code, 2);
  assert.match(
    stderr,
    /^index-cloner: --output-dir: there is no mirror in m, and --require-existing asks for one/,
  );
  assert.deepEqual(readdirSync(cwd), []);
});

test('without any argument the downloader prints its help and exits with 2', async (t) => {
  const cwd = scratch(t);
  const { code, stdout, stderr } = await runTool(t, 'downloader', [], cwd);
  assert.equal(code, 2);
  assert.equal(stdout, '');
  const { stdout: help } = await runTool(t, 'downloader', ['--help'], cwd);
  assert.equal(stderr, help);
  assert.deepEqual(readdirSync(cwd), []);
});

test('what Nx starts without any argument mirrors the sample', (t) => {
  const cwd = scratch(t);
  const start = join(REPOSITORY, 'apps/downloader/src/start.js');
  const run = (...args: string[]) => spawnSync(process.execPath, [start, ...args], { cwd, encoding: 'utf8' });
  assert.match(run('--list').stderr, /^downloader: option '--list <file>' argument missing/);
  const { status, stdout } = run();
  assert.equal(status, 0);
  assert.match(stdout, /^Mirrored all 33 crate files into out /);
});

test('the index of the sample is kept on request, and serves the next tools', async (t) => {
  const cwd = scratch(t);
  const args = ['--sample', '--sample-index', 'sample/index'];
  const { code, stdout } = await runTool(t, 'downloader', args, cwd);
  assert.equal(code, 0);
  const next = /crates-mirror-sidecar-generator (.*)\n/.exec(stdout)?.[1]?.split(' ') ?? [];
  assert.match(stdout, / crates-mirror-server --index-dir sample\/index --mirror out\n$/);
  const sidecars = await runTool(t, 'sidecar-generator', next, cwd);
  assert.equal(sidecars.code, 0, sidecars.stderr);
  const paths = [...readTree(join(cwd, 'out')).keys()];
  assert.equal(paths.filter((path) => path.endsWith('.crate.json')).length, 33);
  assert.equal((await runTool(t, 'downloader', args, cwd)).code, 0, 'once more into the same directory');
});

test('no other index is overwritten by that of the sample', async (t) => {
  const cwd = scratch(t);
  mkdirSync(join(cwd, 'index'));
  writeFileSync(
    join(cwd, 'index/config.json'),
    '{"dl":"https://static.crates.io/crates","api":"https://crates.io"}',
  );
  const { code, stderr } = await runTool(t, 'downloader', ['--sample', '--sample-index', 'index'], cwd);
  assert.equal(code, 2);
  assert.equal(
    stderr,
    'downloader: --sample-index: index is not empty, and holds no index of the sample. Name another directory\n',
  );
  assert.deepEqual(readdirSync(join(cwd, 'index')), ['config.json']);
  const { stderr: alone } = await runTool(
    t,
    'downloader',
    ['--index-dir', 'index', '--sample-index', 'x'],
    cwd,
  );
  assert.equal(alone, 'downloader: --sample-index does nothing without --sample. Leave it out\n');
});
