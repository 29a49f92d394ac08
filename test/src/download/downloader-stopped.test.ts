import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { records, scratch, startTool, startUpstream, withoutNewMirror } from '../support/tools.ts';

test('an interrupt leaves what has not been sent to the next run', async (t) => {
  // The stop must not wait for a connection, which would take longer than the time limit of a test.
  const cwd = scratch(t);
  const { index } = await startUpstream(t, cwd, { crates: 5 });
  let connections = 0;
  const silent = createServer((socket) => {
    connections += 1;
    socket.on('error', () => {});
    t.after(() => socket.destroy());
  }).listen(0, '127.0.0.1');
  t.after(() => silent.close());
  await once(silent, 'listening');
  const base = `https://127.0.0.1:${(silent.address() as AddressInfo).port}/crates`;
  const args = ['--index-dir', index, '--crates-base-url', base, '--connect-timeout', '1h', '--retries', '0'];
  const tool = startTool(t, 'downloader', args, cwd);
  while (tool.child.exitCode === null && connections === 0) await sleep(20);
  tool.child.kill('SIGINT');
  const ended = await tool.ended;
  assert.equal(ended.code, 130, ended.stderr);
  assert.match(ended.stdout, /^Interrupted after .*: no crate file was processed; run again to go on\.\n/);
  assert.deepEqual(await records(join(cwd, 'manifest.jsonl')), []);
});

test('a signal that comes when a run is over changes nothing about how it ends', async (t) => {
  const cwd = scratch(t);
  // It still closes its registry after the summary.
  const tool = startTool(t, 'downloader', ['--sample'], cwd);
  tool.child.stdout?.once('data', () => tool.child.kill('SIGTERM'));
  const { code, stdout, stderr } = await tool.ended;
  assert.deepEqual([code, withoutNewMirror(stderr)], [0, '']);
  assert.match(stdout, /^Mirrored all .*\n[\s\S]* goes on where it stopped\.\n$/);
  assert.equal(existsSync(join(cwd, 'out/.crates-mirror/lock')), false);
});
