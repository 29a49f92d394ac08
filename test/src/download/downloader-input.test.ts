import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createNetServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, freePort, makeCertificate } from '@crates-mirror/sample-registry';
import { Gate, untilLogged } from '../support/held.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import {
  REPOSITORY,
  readTree,
  runTool,
  scratch,
  sortedPaths,
  startTool,
  startUpstream,
  summary,
  withoutNewMirror,
} from '../support/tools.ts';

const USAGE = 2;

test('wrong input: one line that says what and what to do, exit 2, nothing touched', async (t) => {
  const cwd = scratch(t);
  writeFileSync(join(cwd, 'file'), 'not a directory\n');
  execFileSync('mkfifo', [join(cwd, 'pipe')]);
  mkdirSync(join(cwd, 'empty'));
  symlinkSync('loop', join(cwd, 'loop'));
  mkdirSync(join(cwd, 'index/se/rd'), { recursive: true });
  writeFileSync(join(cwd, 'index/se/rd/serde'), '');
  writeFileSync(join(cwd, 'index/config.json'), '{}');
  writeFileSync(join(cwd, 'comments.txt'), '# nothing\n');
  writeFileSync(join(cwd, 'sums'), 'deadbeef  file\n');
  const clone = 'Name a clone of https://github.com/rust-lang/crates.io-index, bare or with its files';
  const table: [string[], string][] = [
    [
      ['--out', 'x'],
      'nothing to mirror: no source given. Give --index-dir or --list, or --sample to mirror the embedded sample',
    ],
    [['--index-dir', 'missing'], `no index at missing: there is no such directory. ${clone}`],
    [['-index-dir', 'file'], `no index at file: it is a file. ${clone}`],
    [['--index-dir', 'empty'], `no index at empty: it has no config.json. ${clone}`],
    [['--list', 'missing'], '--list: cannot read missing: there is no such file or directory'],
    [['--list', 'comments.txt'], '--list: comments.txt holds no URL. Put one URL on each line'],
    [
      ['--index-dir', 'index', '--checksums', 'sums'],
      '--checksums: sums:1 is not a checksum. Every line must look like {"url":"https://…","sha256":"<64 hex digits>"}',
    ],
    [
      ['--index-dir', 'index', '--concurrency', '0'],
      "--concurrency: '0' is not a whole number from 1 to 4096",
    ],
    [
      ['--index-dir', 'index', '--concurrency', '-5'],
      "--concurrency: '-5' is not a whole number from 1 to 4096",
    ],
    [
      ['--index-dir', 'index', '--concurrency', 'abc'],
      "--concurrency: 'abc' is neither auto nor a number of requests",
    ],
    [
      ['--index-dir', 'index', '--concurency', '5'],
      "unknown option '--concurency'. Did you mean --concurrency? See --help",
    ],
    [['--index-dir'], "option '--index-dir <dir>' argument missing. See --help"],
    [['--index-dir', 'index', '--out', 'file'], '--out: cannot write to file: '],
    [['--index-dir', 'index', '--out', '/dev/null/out'], '--out: cannot write to /dev/null/out: ENOTDIR'],
    [['--list', 'pipe'], '--list: cannot read pipe: it is not a regular file'],
    [
      ['--index-dir', 'index', '--manifest', 'pipe'],
      '--manifest: pipe is a pipe. Name a file, and follow it with tail -f',
    ],
    [
      ['--index-dir', 'index', '--manifest', '/proc/nope/x'],
      '--manifest: cannot write to /proc/nope/x: ENOENT',
    ],
    [['--index-dir', 'index', '--manifest', 'loop'], '--manifest: cannot write to loop: ELOOP'],
    [['--index-dir', 'index', '--manifest', 'empty'], '--manifest: cannot write to empty: it is a directory'],
  ];
  for (const [args, message] of table) {
    const { code, stdout, stderr } = await runTool(t, 'downloader', args, cwd);
    assert.equal(code, USAGE, args.join(' '));
    assert.equal(stdout, '');
    assert.ok(stderr.startsWith(`downloader: ${message}`), stderr);
    assert.equal(stderr.indexOf('\n'), stderr.length - 1, stderr);
    for (const made of ['manifest.jsonl', 'out'])
      assert.equal(existsSync(join(cwd, made)), false, args.join(' '));
  }
});

test('two options that name one file, and what the mirror keeps for itself: refused with all of it untouched', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 1 });
  await runTool(t, 'downloader', upstream.args, cwd);
  symlinkSync('manifest.jsonl', join(cwd, 'link'));
  writeFileSync(join(cwd, 'sums'), `{"url":"https://x.example/a","sha256":"${'a'.repeat(64)}"}\n`);
  writeFileSync(join(cwd, 'list'), 'https://x.example/a/a-1.0.0.crate\n');
  const files = () =>
    ['manifest.jsonl', 'sums', 'list', 'out/.crates-mirror/mirror.json'].map((file) =>
      readFileSync(join(cwd, file), 'utf8'),
    );
  const before = files();
  const same = (pair: string): string => `${pair} are the same file. Give each one of its own\n`;
  const own = 'is inside of .crates-mirror, where the tools keep what they know. Name a file elsewhere\n';
  const table: [string[], string][] = [
    [['--retry-out', 'manifest.jsonl'], same('--manifest manifest.jsonl and --retry-out manifest.jsonl')],
    [['--retry-out', 'link'], same('--manifest manifest.jsonl and --retry-out link')],
    [['--manifest', 'sums', '--checksums', './sums'], same('--checksums ./sums and --manifest sums')],
    [['--only-crates', 'list', '--log-path', 'list'], same('--only-crates list and --log-path list')],
    [['--manifest', 'ca.pem'], same(`--ca-file ${join(cwd, 'ca.pem')} and --manifest ca.pem`)],
    ...['--manifest', '--log-path', '--retry-out'].map((option): [string[], string] => [
      [option, 'out/.crates-mirror/mirror.json'],
      `${option}: out/.crates-mirror/mirror.json ${own}`,
    ]),
  ];
  for (const [args, message] of table) {
    const { code, stderr } = await runTool(t, 'downloader', [...upstream.args, ...args], cwd);
    assert.deepEqual([code, stderr], [USAGE, `downloader: ${message}`]);
    assert.deepEqual(files(), before, args.join(' '));
  }
  const listed = await runTool(t, 'downloader', ['--list', 'list', '--manifest', 'list'], cwd);
  assert.equal(listed.stderr, `downloader: ${same('--list list and --manifest list')}`);
  assert.deepEqual(files(), before);
  const nowhere = ['--manifest', '/dev/null', '--log-path', '/dev/null', '--retry-out', '/dev/null'];
  assert.equal((await runTool(t, 'downloader', [...upstream.args, ...nowhere], cwd)).code, 0);
});

test('a read-only output directory is named', async (t) => {
  const cwd = scratch(t);
  mkdirSync(join(cwd, 'index/se/rd'), { recursive: true });
  writeFileSync(join(cwd, 'index/config.json'), '{}');
  let locked = join(cwd, 'locked');
  if (process.getuid?.() === 0) {
    // Permissions do not stop root, but a file system does.
    const disk = mountSmallDisk(t, '100k');
    if (disk === undefined) {
      t.skip('root without the right to mount cannot be kept from writing');
      return;
    }
    disk.remount('ro');
    locked = disk.path;
  } else {
    mkdirSync(locked, { mode: 0o555 });
  }
  const { code, stderr } = await runTool(
    t,
    'downloader',
    ['--index-dir', 'index', '--out', join(locked, 'out')],
    cwd,
  );
  assert.equal(code, USAGE);
  assert.match(stderr, /^downloader: --out: cannot write to .*: (EACCES|EROFS).*\n$/);
});

test('a list with hostile and broken lines: each is reported with its line, the rest is mirrored', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 1 });
  const good = `${upstream.origin}/crates/crate-0000/crate-0000-0.1.0.crate`;
  const bad: [string, string][] = [
    ['file:///etc/passwd', 'not an http:// or https:// URL: file:///etc/passwd'],
    [`${upstream.origin}/../../x`, `a URL with '.' or '..' in its path: ${upstream.origin}/../../x`],
    [
      `${upstream.origin}/%2e%2e/a-1.0.0.crate`,
      `a URL with '.' or '..' in its path: ${upstream.origin}/%2e%2e/a-1.0.0.crate`,
    ],
    ['https://x.example/a b-1.0.0.crate', 'a URL has no spaces: https://x.example/a b-1.0.0.crate'],
    ['serde-1.0.0.crate', 'not a URL: serde-1.0.0.crate'],
    ['https://bob:pw@x.example/a-1.0.0.crate', 'URLs with a user name or password are not taken'],
    [
      'https://x.example/%2e%2e%2fa-1.0.0.crate',
      'names no crate version ({crate}-{version}.crate): https://x.example/%2e%2e%2fa-1.0.0.crate',
    ],
    [`https://x.example/${'y'.repeat(10_000_000)}`, 'longer than 8192 bytes, passed over'],
  ];
  writeFileSync(join(cwd, 'list'), [...bad.map(([line]) => line), good].join('\n'));
  const { code, stdout, stderr } = await runTool(
    t,
    'downloader',
    ['--list', 'list', '--ca-file', 'ca.pem'],
    cwd,
  );
  assert.equal(code, 1);
  for (const [index, [, message]] of bad.entries()) {
    assert.ok(stderr.includes(`WARN list:${index + 1}: ${message}\n`), `${message}\n${stderr}`);
  }
  assert.equal(withoutNewMirror(stderr).trim().split('\n').length, bad.length);
  assert.match(stdout, /unusable input\s+8\b/);
  assert.deepEqual([...readTree(join(cwd, 'out')).keys()], ['cr/at/crate-0000-0.1.0.crate']);
});

test('an index with broken and hostile lines: reported with file and line, counted, never an end', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 3 });
  const entry = (name: string, vers: string) =>
    JSON.stringify({ name, vers, cksum: 'a'.repeat(64), yanked: false });
  mkdirSync(join(upstream.index, 'ev/il'), { recursive: true });
  writeFileSync(
    join(upstream.index, 'ev/il/evil'),
    ['{"name":', entry('../../evil', '1.0.0'), entry('evil', '1.0.0/../..')].join('\n'),
  );
  mkdirSync(join(upstream.index, 'aa/aa'), { recursive: true });
  writeFileSync(join(upstream.index, 'aa/aa/aaaa'), readFileSync(process.execPath).subarray(0, 5000));
  const { code, stdout, stderr } = await runTool(t, 'downloader', upstream.args, cwd);
  assert.equal(code, 1);
  assert.match(stderr, /WARN ev\/il\/evil:1: not JSON: {"name":\n/);
  assert.match(stderr, /WARN ev\/il\/evil:2: "name" is not a crate name: "\.\.\/\.\.\/evil"\n/);
  assert.match(stderr, /WARN ev\/il\/evil:3: "vers" is not a semantic version: "1\.0\.0\/\.\.\/\.\."\n/);
  assert.match(stderr, /WARN aa\/aa\/aaaa:1: not UTF-8/);
  assert.match(stdout, /downloaded\s+9\b/);
  assert.equal(readTree(join(cwd, 'out')).size, 9);
});

test('a mirror keeps to its layout, and to one run at a time', async (t) => {
  const cwd = scratch(t);
  const gate = new Gate(4);
  const upstream = await startUpstream(t, cwd, { crates: 30, faults: gate.faults });
  const tool = startTool(t, 'downloader', [...upstream.args, '--concurrency', '4'], cwd);
  while (upstream.requests === 0) await sleep(20);
  const second = await runTool(t, 'downloader', upstream.args, cwd);
  assert.equal(second.code, USAGE);
  assert.match(
    second.stderr,
    new RegExp(
      `another run \\(process ${tool.child.pid} on ${hostname()}, since .*Z\\) is working on out\\. Wait for it`,
    ),
  );
  tool.child.kill('SIGINT');
  await untilLogged(tool, 'SIGINT: finishing');
  gate.open();
  assert.equal((await tool.ended).code, 130);
  const other = await runTool(t, 'downloader', [...upstream.args, '--layout', 'go'], cwd);
  assert.equal(other.code, USAGE);
  assert.match(
    other.stderr,
    /out was mirrored with the layout 'cargo', not 'go'\. Name that layout, or another place\n/,
  );
});

test('a tree of another layout is not mirrored a second time beside itself', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 5 });
  const args = [...upstream.args, '--manifest', 'm.jsonl'];
  for (const [layout, hint] of [
    ['go', 'Say --layout go to adopt them, or name another directory'],
    ['all/{crate}-{version}.crate', 'Name their layout to adopt them, or name another directory'],
  ] as const) {
    const made = await runTool(t, 'downloader', [...args, '--layout', layout, '--out', 'tree'], cwd);
    assert.equal(made.code, 0, made.stderr);
    // The state left by another tool.
    rmSync(join(cwd, 'tree/.crates-mirror'), { recursive: true });
    const before = readTree(join(cwd, 'tree'));
    for (const more of [[], ['--dry-run']]) {
      const refused = await runTool(t, 'downloader', [...args, '--out', 'tree', ...more], cwd);
      assert.equal(refused.code, USAGE, refused.stderr);
      assert.match(
        refused.stderr,
        /^downloader: tree holds crate files of another layout: \S+\/crate-0000-0\.1\.0\.crate, where 'cargo' has cr\/at\/crate-0000-0\.1\.0\.crate\. /,
      );
      assert.ok(refused.stderr.endsWith(`${hint}\n`), refused.stderr);
      assert.deepEqual(sortedPaths(readTree(join(cwd, 'tree'))), sortedPaths(before));
    }
    const adopted = await runTool(t, 'downloader', [...args, '--layout', layout, '--out', 'tree'], cwd);
    assert.match(adopted.stdout, /already in place\s+15\b/);
    rmSync(join(cwd, 'tree'), { recursive: true });
  }
});

test('an upstream that cannot be reached or trusted ends the run with one message', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 200, port: await freePort() });
  writeFileSync(join(cwd, 'other.pem'), (await makeCertificate()).cert);
  const args = [...upstream.args, '--retry-base', '1ms', '--concurrency', '16', '--retries', '1'];
  const untrusted = await runTool(
    t,
    'downloader',
    [...args.with(args.indexOf('--ca-file') + 1, 'other.pem'), '--out', 'a'],
    cwd,
  );
  assert.equal(untrusted.code, 1);
  assert.match(
    withoutNewMirror(untrusted.stderr),
    /^\S+ ERROR https:\/\/127\.0\.0\.1:\d+ cannot be reached: .*certificate.*\. Check the network, --crates-base-url and --ca-file.*\n$/,
  );
  assert.match(untrusted.stdout, /^Stopped after /);
  await upstream.close();
  const refused = await runTool(t, 'downloader', [...args, '--out', 'b'], cwd);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /ERROR .* cannot be reached: connect ECONNREFUSED/);
});

test('an upstream that hangs up on everybody ends the run too, instead of failing file by file', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 200 });
  let connections = 0;
  const rude = createNetServer((socket) => {
    connections += 1;
    socket.on('error', () => {});
    socket.once('data', () => socket.destroy());
  }).listen(0, '127.0.0.1');
  t.after(() => rude.close());
  await once(rude, 'listening');
  const url = `http://127.0.0.1:${(rude.address() as AddressInfo).port}/crates`;
  const options = ['--crates-base-url', url, '--retry-base', '1ms', '--concurrency', '8', '--retries', '0'];
  const ended = await runTool(t, 'downloader', ['--index-dir', upstream.index, ...options], cwd);
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /ERROR http:\/\/127\.0\.0\.1:\d+ cannot be reached: connection lost: /);
  assert.ok(connections < 100, `${connections} connections for 400 files`);
});

test('an upstream that has none of the files is not called a success', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 2, find: () => undefined });
  const { code, stderr, stdout } = await runTool(t, 'downloader', upstream.args, cwd);
  assert.equal(code, 1);
  assert.match(stderr, /every single crate file is missing upstream/);
  assert.match(stdout, /missing upstream\s+6\n/);
});

test('a full disk ends the run with one message; with room again the next run goes on', async (t) => {
  const cwd = scratch(t);
  const disk = mountSmallDisk(t, '400k');
  if (disk === undefined) {
    t.skip('mounting a small disk needs root');
    return;
  }
  const upstream = await startUpstream(t, cwd);
  const args = [...upstream.args, '--out', join(disk.path, 'out')];
  const full = await runTool(t, 'downloader', args, cwd);
  assert.equal(full.code, 1);
  assert.match(
    withoutNewMirror(full.stderr),
    /^\S+ ERROR cannot write the mirror: ENOSPC.*\. Free some space and run again: it goes on where it stopped\n$/,
  );
  assert.match(full.stdout, /^Stopped after .*; run again to go on\.\n/);
  disk.remount('size=20m');
  const after = await runTool(t, 'downloader', args, cwd);
  assert.equal(after.code, 0, after.stderr);
  const tree = readTree(join(disk.path, 'out'));
  for (const [path, body] of upstream.files) assert.ok(tree.get(path)?.equals(body), path);
});

test('the command that a summary gives for failures prints those of its own run', async (t) => {
  if (spawnSync('jq', ['--version']).error !== undefined) {
    t.skip('jq is not installed');
    return;
  }
  const cwd = scratch(t);
  const faults = (): Fault => ({ kind: 'status', status: 500 });
  const upstream = await startUpstream(t, cwd, { crates: 2, faults });
  for (const limit of ['6', '4']) {
    const args = [...upstream.args, '--retries', '0', '--limit', limit, '--manifest', "it's mine.jsonl"];
    const { code, stdout } = await runTool(t, 'downloader', args, cwd);
    assert.equal(code, 1);
    const command = /All failures: (jq .*)\n/.exec(stdout)?.[1] ?? stdout;
    const jq = spawnSync('sh', ['-c', command], { cwd, encoding: 'utf8' });
    assert.equal(jq.stdout.trimEnd().split('\n').length, Number(limit), jq.stderr);
  }
});

test('on a disk that is full already, what could not be written is named, and what to do', async (t) => {
  const cwd = scratch(t);
  const disk = mountSmallDisk(t, '100k');
  if (disk === undefined) {
    t.skip('mounting a small disk needs root');
    return;
  }
  const upstream = await startUpstream(t, cwd);
  const at = (name: string): string => join(disk.path, name);
  const bundle = ['--bundle', '--bundle-mode', 'add', '--bundles-out', at('b'), '--out', at('out')];
  for (const [args, named, code] of [
    [bundle, at('b'), 1],
    [['--out', 'x', '--retry-out', at('again')], at('again'), USAGE],
    [['--out', at('new')], at('new'), USAGE],
  ] as const) {
    await runTool(t, 'downloader', [...upstream.args, ...args], cwd);
    if (code === USAGE) spawnSync('dd', ['if=/dev/zero', `of=${at('ballast')}`], { cwd });
    const ended = await runTool(t, 'downloader', [...upstream.args, ...args], cwd);
    assert.equal(ended.code, code, ended.stderr);
    assert.match(
      ended.stderr,
      new RegExp(
        `^downloader: --\\S+: cannot write to ${named}: ENOSPC: .*\\. Free some space and run again\\n$`,
      ),
    );
  }
});

test('a retry list that cannot be given its name ends the run with a line about it', async (t) => {
  const cwd = scratch(t);
  const gate = new Gate(0);
  const upstream = await startUpstream(t, cwd, { crates: 3, faults: gate.faults });
  const tool = startTool(t, 'downloader', [...upstream.args, '--retry-out', 'again'], cwd);
  while (upstream.requests === 0) await sleep(20);
  mkdirSync(join(cwd, 'again'));
  gate.open();
  const { code, stdout, stderr } = await tool.ended;
  assert.equal(code, 1);
  const message = withoutNewMirror(stderr);
  assert.match(message, /^\S+ ERROR --retry-out: cannot write to again: EISDIR: .*\n$/);
  assert.match(
    stdout,
    /^Stopped after .*: 9 of the \d+ crate files looked at are in out; run again to go on\./,
  );
});

test('an obstacle in the place of a cache is named, and what to do about it', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 2 });
  await runTool(t, 'downloader', upstream.args, cwd);
  const cache = join(cwd, 'out/.crates-mirror/verified-1');
  // The file's name is reused for a directory.
  rmSync(join(cache, 'cr'));
  mkdirSync(join(cache, 'cr'));
  const { code, stderr } = await runTool(t, 'downloader', upstream.args, cwd);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^downloader: cannot read \S+\/verified-1\/cr: EISDIR: .*; it is part of a cache: remove \S+\/verified-1 and run again\n$/,
  );
  rmSync(cache, { recursive: true });
  const after = await runTool(t, 'downloader', [...upstream.args, '--log-format', 'json'], cwd);
  assert.deepEqual([after.code, summary(after)['downloaded']], [0, 0], after.stderr);
});

test('a manifest that cannot be written ends the run', async (t) => {
  if (!existsSync('/dev/full')) {
    t.skip('this system has no /dev/full');
    return;
  }
  const cwd = scratch(t);
  const { code, stderr } = await runTool(
    t,
    'downloader',
    ['--index-dir', 'x', '--manifest', '/dev/full'],
    cwd,
  );
  assert.equal(code, USAGE);
  assert.match(stderr, /no index at x/);
  const upstream = await startUpstream(t, cwd, { crates: 2 });
  const full = await runTool(t, 'downloader', [...upstream.args, '--manifest', '/dev/full'], cwd);
  assert.equal(full.code, 1);
  assert.match(full.stderr, /ERROR cannot write \/dev\/full: ENOSPC/);
});

test('--help and --version answer on stdout', async (t) => {
  const cwd = scratch(t);
  const help = await runTool(t, 'downloader', ['--help'], cwd);
  assert.equal(help.code, 0);
  for (const part of [
    'Usage: crates-mirror-downloader',
    'Input:',
    'Transfer:',
    '--index-dir <dir>',
    'Examples:',
    'Exit codes:',
  ]) {
    assert.ok(help.stdout.includes(part), part);
  }
  const version = await runTool(t, 'downloader', ['--version'], cwd);
  assert.deepEqual([version.code, version.stdout], [0, 'crates-mirror-downloader 0.1.0\n']);
});

test('what nothing can vouch for is not stored', async (t) => {
  const cwd = scratch(t);
  const server = createServer((_, reply) => reply.write('cut sh', () => reply.end())).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  writeFileSync(join(cwd, 'list'), `http://127.0.0.1:${port}/a/a-1.0.0.crate\n`);
  const { code, stdout } = await runTool(t, 'downloader', ['--list', 'list'], cwd);
  assert.equal(code, 1);
  assert.match(
    stdout,
    /unverifiable .*\n.*neither a checksum nor a Content-Length vouches for the body: give --checksums/,
  );
  assert.equal(readTree(join(cwd, 'out')).size, 0);
  const byHash = ['--list', 'list', '--out', 'by-hash', '--layout', 'x{sha256-checksum}/{crate}/{version}'];
  const { stderr } = await runTool(t, 'downloader', byHash, cwd);
  assert.match(stderr, /WARN list:1: no checksum, which the layout needs/);
});

test('output that cannot be written is no crash', async (t) => {
  const cwd = scratch(t);
  const script = join(REPOSITORY, 'apps/downloader/src/main.js');
  const run = (redirect: string) =>
    spawnSync('bash', ['-c', `"$0" "$1" --sample ${redirect}`, process.execPath, script], {
      cwd,
      encoding: 'utf8',
    });
  const full = run('>/dev/full');
  assert.equal(full.status, 1);
  assert.match(withoutNewMirror(full.stderr), /^cannot write to stdout: ENOSPC.*\n$/);
  assert.equal(run('2>/dev/full').status, 0);
  assert.match(
    spawnSync('bash', ['-c', 'http_proxy=http://[ "$0" "$1" --sample', process.execPath, script], {
      cwd,
      encoding: 'utf8',
    }).stderr,
    /^downloader: http_proxy is not a proxy's URL/,
  );
});
