import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Certificate, makeCertificate } from '@crates-mirror/sample-registry';
import { type Cleanup, REPOSITORY, readTree, runTool, scratch, sortedPaths, startUpstream } from './tools.ts';

test('nginx, with HTTP/2 and TLS, is mirrored like any upstream', async (t) => {
  if (spawnSync('nginx', ['-v']).error !== undefined) {
    t.skip('nginx is not installed');
    return;
  }
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd);
  for (const [path, body] of upstream.files) {
    const name = (path.split('/').at(-1) as string).slice(0, 'crate-0000'.length);
    mkdirSync(join(cwd, 'www/crates', name), { recursive: true });
    writeFileSync(join(cwd, 'www/crates', name, path.split('/').at(-1) as string), body);
  }
  const { port, certificate } = await startNginx(t, cwd);
  writeFileSync(join(cwd, 'nginx.pem'), certificate.cert);
  const args = ['--index-dir', upstream.index, '--crates-base-url', `https://127.0.0.1:${port}/crates`];
  const ended = await runTool(t, 'downloader', [...args, '--ca-file', 'nginx.pem', '--include-yanked'], cwd);
  assert.equal(ended.code, 0, ended.stderr);
  const tree = readTree(join(cwd, 'out'));
  assert.deepEqual(sortedPaths(tree), sortedPaths(upstream.files));
  for (const [path, body] of upstream.files) assert.ok(tree.get(path)?.equals(body), path);
  assert.equal(upstream.requests, 0);
});

async function startNginx(t: Cleanup, cwd: string): Promise<{ port: number; certificate: Certificate }> {
  const certificate = await makeCertificate();
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${cwd}/${kind};`,
  );
  mkdirSync(join(cwd, 'logs'), { recursive: true });
  writeFileSync(join(cwd, 'logs/cert.pem'), certificate.cert);
  writeFileSync(join(cwd, 'logs/key.pem'), certificate.key);
  writeFileSync(
    join(cwd, 'nginx.conf'),
    `daemon off; pid ${cwd}/logs/pid; error_log ${cwd}/logs/error.log;
${process.getuid?.() === 0 ? 'user root;' : ''}
events {}
http {
  access_log off; ${temporary.join(' ')}
  server {
    listen 127.0.0.1:${port} ssl http2;
    ssl_certificate ${cwd}/logs/cert.pem; ssl_certificate_key ${cwd}/logs/key.pem;
    keepalive_requests 50; root ${cwd}/www;
  }
}
`,
  );
  const nginx = spawn(
    'nginx',
    ['-c', join(cwd, 'nginx.conf'), '-p', cwd, '-e', join(cwd, 'logs/error.log')],
    { stdio: 'ignore' },
  );
  t.after(() => stopped(nginx));
  await reachable(port);
  return { port, certificate };
}

async function stopped(child: ChildProcess): Promise<void> {
  const closed = new Promise((resolve) => child.on('close', resolve));
  child.kill('SIGTERM');
  await closed;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function reachable(port: number): Promise<void> {
  const { connect } = await import('node:net');
  for (let attempt = 0; attempt < 100; attempt++) {
    const isOpen = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.on('close', () => {}).setTimeout(1000, () => socket.destroy());
      socket.on('connect', () => socket.end());
    });
    if (isOpen === true) return;
    await sleep(50);
  }
  throw new Error(`nothing listens on ${port}`);
}

/** Runs a shell command in a terminal of its own. @returns what the terminal received */
function inTerminal(command: string): Promise<{ code: number | null; output: string }> {
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd: REPOSITORY,
    env: {
      ...process.env,
      NX_DAEMON: 'false',
      NX_TUI: 'false',
      TERM: 'xterm',
      COLUMNS: '120',
      NO_COLOR: '1',
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}

test('through nx, on a terminal: the bar moves, then makes room for the summary', async (t) => {
  if (spawnSync('script', ['--version']).error !== undefined) {
    t.skip('script (util-linux) is not installed');
    return;
  }
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { faults: () => ({ kind: 'delay', ms: 60 }) });
  const args = [
    ...upstream.args,
    '--out',
    join(cwd, 'out'),
    '--manifest',
    join(cwd, 'm.jsonl'),
    '--concurrency',
    '8',
  ];
  const nx = join(REPOSITORY, 'node_modules/.bin/nx');
  const { code, output } = await inTerminal(
    `${nx} run downloader:start -- ${args.join(' ').replaceAll('--', '-')}`,
  );
  assert.equal(code, 0, output);
  const drawn = output.split('\r\u001b[K').slice(1);
  const bars = drawn.filter((text) => text.includes(' files/s'));
  assert.ok(bars.length >= 3, `${bars.length} bars in ${output}`);
  assert.match(bars.join('\n'), /^\[#+\.*\] \d+% {2}\d+\/300 files {2}.*\/s {2}0 failed.*ETA \d/m);
  assert.match(drawn.at(-1) ?? '', /^Mirrored all 300 crate files into /);
  assert.equal(readTree(dirname(join(cwd, 'out/x'))).size, 300);
});

test('away from a terminal there is no bar', async (t) => {
  const { stderr } = await runTool(t, 'downloader', [], scratch(t));
  assert.equal(stderr, '');
});
