import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { counts, generator, JSON_LOG, line, MAIN, writeIndex } from './sidecar-tools.ts';
import { scratch } from './tools.ts';

test('a working directory that may not be entered is none to go back to', (t) => {
  const cwd = scratch(t);
  // Root may do everything: somebody else has to try.
  const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  writeIndex(cwd, { 'se/rd/serde': [line('serde', '1.0.0')] });
  mkdirSync(join(cwd, 'home'));
  for (const path of ['', 'home']) chmodSync(join(cwd, path), 0o777);
  const args = [process.execPath, MAIN, '--index-dir', join(cwd, 'index'), '--out', join(cwd, 'm')];
  const run = (command: string) =>
    spawnSync('sh', ['-c', command, ...args], { cwd: join(cwd, 'home'), encoding: 'utf8', ...user });
  if (run('"$0" "$1" --version').status !== 0) return t.skip('another user cannot run the tools from here');
  if (user.uid !== undefined) chownSync(join(cwd, 'home'), user.uid, user.gid);
  const { status, stdout, stderr } = run('chmod 0 . && exec "$0" "$@"');
  assert.deepEqual([status, stderr], [0, '']);
  assert.match(stdout, /^Wrote 1 of 1 sidecar /);
});

test('a directory that is called after a version is none that a kill has left', async (t) => {
  const cwd = scratch(t);
  writeIndex(cwd, { 'se/rd/serde': [line('serde', '1.0.0-rc.1.partial'), line('serde', '1.0.0')] });
  const args = ['--out', 'm', '--layout', '{crate}/{version}/download', ...JSON_LOG];
  assert.equal(counts(await generator(t, cwd, ...args))['fresh'], 2);
  assert.equal(counts(await generator(t, cwd, ...args))['unchanged'], 2);
});
