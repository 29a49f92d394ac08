import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { hasNginx, startNginx } from '@crates-mirror/sample-registry';
import {
  REPOSITORY,
  readTree,
  runTool,
  scratch,
  sortedPaths,
  startUpstream,
  withoutNewMirror,
} from '../support/tools.ts';

test('nginx, with HTTP/2 and TLS, is mirrored like any upstream', async (t) => {
  if (!hasNginx()) {
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
  const nginx = await startNginx({ home: join(cwd, 'nginx'), root: join(cwd, 'www'), keepaliveRequests: 50 });
  t.after(() => nginx.stop());
  const args = [
    '--index-dir',
    upstream.index,
    '--crates-base-url',
    `${nginx.origin}/crates`,
    '--include-yanked',
  ];
  const ended = await runTool(t, 'downloader', [...args, '--ca-file', nginx.caFile], cwd);
  assert.equal(ended.code, 0, ended.stderr);
  const tree = readTree(join(cwd, 'out'));
  assert.deepEqual(sortedPaths(tree), sortedPaths(upstream.files));
  for (const [path, body] of upstream.files) assert.ok(tree.get(path)?.equals(body), path);
  assert.equal(upstream.requests, 0);
});

/** Runs a shell command in a terminal of its own. @returns the terminal's output */
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
  const { stderr } = await runTool(t, 'downloader', ['--sample'], scratch(t));
  assert.equal(withoutNewMirror(stderr), '');
});
