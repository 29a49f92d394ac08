import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasher, QUIET, write } from '../support/archive-tools.ts';
import { startHeld } from '../support/held.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import { type RunningTool, runTool, scratch, startTool, startUpstream } from '../support/tools.ts';

/**
 * A downloader that holds the lock of `mirror` until it is killed, because no requested body ever
 * ends.
 */
async function startBusy(t: TestContext, cwd: string): Promise<RunningTool> {
  const upstream = await startUpstream(t, cwd, { crates: 3, faults: () => ({ kind: 'stall' }) });
  const tool = startTool(t, 'downloader', [...upstream.args, '--idle-timeout', '1h', '--out', 'mirror'], cwd);
  while (tool.child.exitCode === null && upstream.requests === 0) await sleep(20);
  assert.ok(existsSync(join(cwd, 'mirror/.crates-mirror/lock')), tool.stderr());
  return tool;
}

test('a mirror that a tool works on is not hashed, and verify warns', async (t) => {
  const cwd = scratch(t);
  const downloader = await startBusy(t, cwd);
  const before = readdirSync(cwd).sort();
  const refused = await hasher(t, cwd, '--dir', 'mirror');
  assert.deepEqual([refused.code, refused.stdout], [2, '']);
  assert.match(
    refused.stderr,
    new RegExp(
      `^archive-hasher: another run \\(process ${downloader.child.pid} on \\S+, since \\S+\\) is working on .*/mirror\\. ` +
        'Wait for it, or remove .*/mirror/\\.crates-mirror/lock if you are sure that it is gone\\n$',
    ),
  );
  assert.deepEqual(readdirSync(cwd).sort(), before);
  cpSync(join(cwd, 'mirror'), join(cwd, 'copy'), {
    recursive: true,
    filter: (path) => !path.endsWith('/lock'),
  });
  assert.equal((await hasher(t, cwd, '--dir', 'copy', '--no-tar')).code, 0);
  const verified = await hasher(t, cwd, 'verify', 'copy.yaml', '--dir', 'mirror');
  assert.equal(verified.code, 0, verified.stdout);
  assert.match(
    verified.stderr,
    /^\S+ WARN another run \(process \d+ on .*\) is working on .*\/mirror: what differs may be its doing\n$/,
  );
  downloader.child.kill('SIGKILL');
  await downloader.ended;
  // A lock without a living holder is no obstacle.
  assert.equal((await hasher(t, cwd, '--dir', 'mirror')).code, 0);
});

test('a read-only mirror is hashed though its lock is held: nobody writes there', async (t) => {
  const disk = mountSmallDisk(t, '10m');
  if (disk === undefined) return t.skip('not allowed to mount');
  const cwd = scratch(t);
  await startBusy(t, cwd);
  cpSync(join(cwd, 'mirror'), join(disk.path, 'snapshot'), { recursive: true });
  disk.remount('ro');
  const ended = await hasher(t, cwd, '--dir', join(disk.path, 'snapshot'), '--out-dir', 'out');
  assert.equal(ended.code, 0, ended.stdout);
  assert.match(
    ended.stderr,
    /^\S+ WARN another run \(.*\) is working on .*\/snapshot: what it changes may be hashed or not\n$/,
  );
});

test('a tool that begins while a mirror is hashed is reported', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 3 });
  write(cwd, { 'mirror/.crates-mirror/sidecars.lock': '', 'mirror/zz/large': '' });
  truncateSync(join(cwd, 'mirror/zz/large'), 1e6);
  const args = ['--dir', 'mirror', '--no-tar', '--out-dir', 'out', '--algorithms', 'none', ...QUIET];
  const hashing = await startHeld(t, 'archive-hasher', args, cwd, { on: 'open', before: 'zz/large' });
  const downloader = await runTool(t, 'downloader', [...upstream.args, '--out', 'mirror'], cwd);
  assert.equal(downloader.code, 0);
  hashing.release();
  const { code, stdout } = await hashing.ended;
  assert.equal(code, 1);
  assert.match(
    stdout,
    /\nFirst problems:\n {2}\.crates-mirror\n {6}a tool worked on the mirror while it was hashed: run again /,
  );
  assert.equal(readdirSync(join(cwd, 'out')).length, 4);
});
