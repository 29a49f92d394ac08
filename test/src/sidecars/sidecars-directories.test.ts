import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { scratch } from '../support/tools.ts';
import { counts, generator, JSON_LOG, line, MAIN, writeIndex } from './sidecar-tools.ts';

/** Root may do everything, so another user runs this. */
const USER = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

test('a remainder that cannot be removed keeps no sidecar from being written', (t) => {
  const cwd = scratch(t);
  writeIndex(cwd, { 'se/rd/serde': [line('serde', '1.0.0')] });
  mkdirSync(join(cwd, 'm/se~1-2.99999999-x.partial'), { recursive: true });
  writeFileSync(join(cwd, 'm/se~1-2.99999999-x.partial/a.crate.json'), '{}');
  mkdirSync(join(cwd, 'm/to~1-2.99999999-x.partial'), { mode: 0 });
  chmodSync(join(cwd, 'm/se~1-2.99999999-x.partial'), 0o555);
  for (const path of ['', 'm']) chmodSync(join(cwd, path), 0o777);
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [MAIN, ...args], { cwd, encoding: 'utf8', ...USER });
  if (run('--version').status !== 0) return t.skip('another user cannot run the tools from here');
  const { status, stdout, stderr } = run('--index-dir', 'index', '--out', 'm');
  for (const name of ['se', 'to']) chmodSync(join(cwd, `m/${name}~1-2.99999999-x.partial`), 0o755);
  assert.deepEqual([status, stderr], [0, '']);
  assert.match(stdout, /^Wrote 1 of 1 sidecar /);
});

test('what another run is about to finish stays, as long as its process lives and it is new', async (t) => {
  const cwd = scratch(t);
  writeIndex(cwd, { 'se/rd/serde': [line('serde', '1.0.0')] });
  mkdirSync(join(cwd, 'm/se'), { recursive: true });
  // This test's process is a different one from the tool's.
  const file = join(cwd, `m/a.crate.json.${process.pid}-x.partial`);
  const directory = join(cwd, `m/se/xx~1-2.${process.pid}-x.partial`);
  writeFileSync(file, '{}');
  mkdirSync(directory);
  assert.equal((await generator(t, cwd, '--out', 'm')).code, 0);
  assert.deepEqual([existsSync(file), existsSync(directory)], [true, true]);
  const longAgo = new Date(Date.now() - 3_600_000);
  for (const path of [file, directory]) utimesSync(path, longAgo, longAgo);
  assert.equal((await generator(t, cwd, '--out', 'm')).code, 0);
  assert.deepEqual([existsSync(file), existsSync(directory)], [false, false]);
});

test('a mirror that was there and is gone is refused, and nothing is made in its place', async (t) => {
  const cwd = scratch(t);
  writeIndex(cwd, { 'se/rd/serde': [line('serde', '1.0.0')] });
  const args = ['--out', 'mnt/m'];
  const refused = await generator(t, cwd, ...args, '--require-existing');
  assert.equal(refused.code, 2);
  assert.match(
    refused.stderr,
    /^sidecar-generator: --out: there is no mirror in mnt\/m, and --require-existing/,
  );
  assert.ok(!existsSync(join(cwd, 'mnt')));
  assert.equal((await generator(t, cwd, ...args)).code, 0);
  const again = await generator(t, cwd, ...args, '--require-existing');
  assert.deepEqual([again.code, again.stderr], [0, '']);
});

test('a working directory that may not be entered is none to go back to', (t) => {
  const cwd = scratch(t);
  writeIndex(cwd, { 'se/rd/serde': [line('serde', '1.0.0')] });
  mkdirSync(join(cwd, 'home'));
  for (const path of ['', 'home']) chmodSync(join(cwd, path), 0o777);
  const args = [process.execPath, MAIN, '--index-dir', join(cwd, 'index'), '--out', join(cwd, 'm')];
  const run = (command: string) =>
    spawnSync('sh', ['-c', command, ...args], { cwd: join(cwd, 'home'), encoding: 'utf8', ...USER });
  if (run('"$0" "$1" --version').status !== 0) return t.skip('another user cannot run the tools from here');
  if (USER.uid !== undefined) chownSync(join(cwd, 'home'), USER.uid, USER.gid);
  const { status, stdout, stderr } = run('chmod 0 . && exec "$0" "$@"');
  assert.deepEqual([status, stderr], [0, '']);
  assert.match(stdout, /^Wrote 1 of 1 sidecar /);
});

test('a working directory that is removed meanwhile makes no run fail', (t) => {
  const cwd = scratch(t);
  writeIndex(cwd, { 'se/rd/serde': [line('serde', '1.0.0')] });
  mkdirSync(join(cwd, 'home'));
  const preload = `
    import { rmdirSync } from 'node:fs';
    const { chdir } = process;
    process.chdir = (path) => {
      chdir(path);
      if (path === ${JSON.stringify(join(cwd, 'm'))}) rmdirSync(${JSON.stringify(join(cwd, 'home'))});
    };`;
  writeFileSync(join(cwd, 'preload.mjs'), preload);
  const command = ['--import', join(cwd, 'preload.mjs'), MAIN, '--index-dir', join(cwd, 'index')];
  const options = { cwd: join(cwd, 'home'), encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...command, '--out', join(cwd, 'm')],
    options,
  );
  assert.deepEqual([status, stderr, existsSync(options.cwd)], [0, '', false]);
  assert.match(stdout, /^Wrote 1 of 1 sidecar /);
});

test('a directory that is called after a version is none that a kill has left', async (t) => {
  const cwd = scratch(t);
  writeIndex(cwd, { 'se/rd/serde': [line('serde', '1.0.0-rc.1.partial'), line('serde', '1.0.0')] });
  const args = ['--out', 'm', '--layout', '{crate}/{version}/download', ...JSON_LOG];
  assert.equal(counts(await generator(t, cwd, ...args))['fresh'], 2);
  assert.equal(counts(await generator(t, cwd, ...args))['unchanged'], 2);
});
