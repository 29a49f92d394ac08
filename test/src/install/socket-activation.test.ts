import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { programOf, REPOSITORY, runTool, scratch } from '../support/tools.ts';

const ACTIVATE = 'systemd-socket-activate';
const UNIT = join(REPOSITORY, 'contrib/systemd/crates-mirror-server.socket');

test('systemd hands its socket over, and the first request starts the server', async (t) => {
  if (spawnSync(ACTIVATE, ['--version']).status !== 0) {
    t.skip(`${ACTIVATE} is not installed`);
    return;
  }
  assert.match(readFileSync(UNIT, 'utf8'), /^ListenStream=127\.0\.0\.1:8080$/m);
  const cwd = scratch(t);
  await runTool(t, 'downloader', ['--sample', '--sample-index', 'index', '--out', 'mirror'], cwd);
  const address = `127.0.0.1:${await freePort()}`;
  const server = ['--index-dir', 'index', '--mirror', 'mirror', '--listen', '127.0.0.1:1'];
  const args = ['--listen', address, ...passed(), process.execPath, programOf('mirror-server'), ...server];
  const child = spawn(ACTIVATE, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (part) => (log += part));
  while (!log.includes('Listening on')) await once(child.stderr, 'data');
  const response = await fetch(`http://${address}/index/config.json`);
  assert.deepEqual(Object.keys((await response.json()) as object), ['dl', 'api']);
  assert.match(log, new RegExp(`serving on http://${address}/`));
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null]);
});

/** Options that pass environment variables on: systemd-socket-activate drops all others. */
function passed(): string[] {
  return ['PATH', 'HOME', 'NODE_COMPILE_CACHE'].flatMap((name) => ['--setenv', name]);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
