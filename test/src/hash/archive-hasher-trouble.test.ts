import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { hasher, isMissing, QUIET, succeed, write } from '../support/archive-tools.ts';
import { startHeld } from '../support/held.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import { REPOSITORY, scratch } from '../support/tools.ts';

test('verify lists missing, extra and changed files, and nothing else', async (t) => {
  const cwd = scratch(t);
  write(join(cwd, 'd'), { a: 'a', 'b/c': 'c', 'b-': 'x', 'e/f': 'f', 'g/h': 'h', 'new\nline': 'n', z: 'z' });
  symlinkSync('a', join(cwd, 'd/link'));
  assert.equal((await hasher(t, cwd, '--dir', 'd', '--no-tar')).code, 0);
  assert.equal((await hasher(t, cwd, 'verify', 'd.yaml')).code, 0);
  const d = join(cwd, 'd');
  rmSync(join(d, 'b/c'));
  rmSync(join(d, 'e'), { recursive: true });
  rmSync(join(d, 'link'));
  write(d, { e: 'now a file', 'b-': 'y', 'new\nline': 'longer', 'b/a': '', link: 'a' });
  rmSync(join(d, 'g'), { recursive: true });
  symlinkSync('/etc', join(d, 'g'));
  const ended = await hasher(t, cwd, 'verify', 'd.yaml');
  assert.equal(ended.code, 1);
  const lines = ended.stdout.trimEnd().split('\n');
  assert.match(
    lines.pop() ?? '',
    /^\/.*\/d differs from the inventory: 3 missing, 3 extra, 3 changed; read 3 files /,
  );
  assert.deepEqual(lines.sort(), [
    'changed     "new\\nline": has 6 bytes, had 1',
    'changed     b-: has other content',
    'changed     link: is a file, was a symlink',
    'extra       b/a',
    'extra       e',
    'extra       g',
    'missing     b/c',
    'missing     e/f',
    'missing     g/h',
  ]);
  const json = await hasher(t, cwd, 'verify', 'd.yaml', '--log-format', 'json', '--algorithms', 'sha256');
  const findings = json.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    findings.find(({ path }) => path === 'e/f'),
    { difference: 'missing', path: 'e/f', detail: null },
  );
  assert.match(
    findings.find(({ path }) => path === '.').detail,
    /^sha256 is [0-9a-f]{64}, was [0-9a-f]{64}$/,
  );
  assert.equal(findings.at(-1).changed, 4);
  const lost = await hasher(t, cwd, 'verify', 'd.yaml', '--dir', 'nowhere');
  assert.equal(lost.code, 2);
  assert.match(
    lost.stderr,
    /^archive-hasher: --dir: cannot read .*nowhere: there is no such file or directory\. Check the path\n$/,
  );
});

test('what cannot be taken in is listed, and with --fail-fast ends the run', async (t) => {
  if (isMissing(t, 'mkfifo')) return;
  const cwd = scratch(t);
  write(join(cwd, 'd'), { a: 'a', z: 'z' });
  succeed(cwd, 'mkfifo', 'd/pipe');
  const failing = await hasher(t, cwd, '--dir', 'd', '--fail-fast');
  assert.equal(failing.code, 1);
  assert.match(
    failing.stderr,
    /\narchive-hasher: pipe: a named pipe\. Without --fail-fast it is listed .*\n$/,
  );
  assert.deepEqual(readdirSync(cwd), ['d']);
  const ended = await hasher(t, cwd, '--dir', 'd');
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /^\S+ WARN skipped: a named pipe path=pipe\n$/);
  assert.match(ended.stdout, /\n {2}skipped +1 {3}listed in the inventory\n/);
  assert.match(
    readFileSync(join(cwd, 'd.yaml'), 'utf8'),
    /\nskipped:\n {2}- path: 'pipe'\n {4}reason: 'a named pipe'\nfiles:\n/,
  );
  const verified = await hasher(t, cwd, 'verify', 'd.yaml');
  assert.equal(verified.code, 0);
  assert.match(verified.stdout, /\nSkipped, as the inventory says, and not compared: 1\.\n$/);
  rmSync(join(cwd, 'd/pipe'));
  writeFileSync(join(cwd, 'd/pipe'), '');
  assert.match((await hasher(t, cwd, 'verify', 'd.yaml')).stdout, /^extra {7}pipe: was skipped\n/);
});

test('an inventory that is a pipe is refused, not waited for', async (t) => {
  if (isMissing(t, 'mkfifo')) return;
  const cwd = scratch(t);
  write(join(cwd, 'd'), { a: 'a' });
  succeed(cwd, 'mkfifo', 'd.yaml');
  const { code, stderr } = await hasher(t, cwd, 'verify', 'd.yaml');
  assert.equal(code, 2);
  assert.match(
    stderr,
    /^archive-hasher: cannot read the inventory d\.yaml: it is no file\. Give the \.yaml .*\n$/,
  );
});

test('what could not be read and still cannot is no difference, with digests of the whole or without', (t) => {
  const cwd = scratch(t);
  const main = join(REPOSITORY, 'apps/archive-hasher/src/main.js');
  // Root may read everything, so another user runs this.
  const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const runAsUser = (...args: string[]) =>
    spawnSync(process.execPath, [main, ...args, ...QUIET], { cwd, encoding: 'utf8', ...user });
  chmodSync(cwd, 0o777);
  if (runAsUser('--version').status !== 0) {
    t.skip('another user cannot run the tools from here');
    return;
  }
  write(join(cwd, 'd'), { a: 'a', secret: 's', z: 'z' });
  chmodSync(join(cwd, 'd/secret'), 0);
  assert.equal(runAsUser('--dir', 'd').status, 1);
  for (const algorithms of ['none', 'all']) {
    const { stdout, status } = runAsUser('verify', 'd.yaml', '--algorithms', algorithms);
    assert.equal(status, 0, stdout);
    assert.match(stdout, /\nSkipped, as the inventory says, and not compared: 1\.\n$/);
  }
});

test('files in a directory that cannot be read are not reported as missing', (t) => {
  const cwd = scratch(t);
  const main = join(REPOSITORY, 'apps/archive-hasher/src/main.js');
  // Root may read everything, so another user runs this.
  const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const runAsUser = (...args: string[]) =>
    spawnSync(process.execPath, [main, ...args, ...QUIET], { cwd, encoding: 'utf8', ...user });
  chmodSync(cwd, 0o777);
  if (runAsUser('--version').status !== 0) {
    t.skip('another user cannot run the tools from here');
    return;
  }
  write(join(cwd, 'd'), { a: 'a', 'closed/b': 'b', 'closed/c/d': 'd', 'closed-not': 'x', z: 'z' });
  assert.equal(runAsUser('--dir', 'd').status, 0);
  chmodSync(join(cwd, 'd/closed'), 0);
  rmSync(join(cwd, 'd/closed-not'));
  const { stdout, status } = runAsUser('verify', 'd.yaml');
  chmodSync(join(cwd, 'd/closed'), 0o755);
  assert.equal(status, 1, stdout);
  assert.match(stdout, /^missing {5}closed-not\n/m);
  assert.equal(stdout.match(/^missing /gm)?.length, 1, stdout);
  for (const path of ['closed/b', 'closed/c/d'])
    assert.match(stdout, new RegExp(`^unreadable  ${path}: its directory cannot be read\n`, 'm'));
});

test('verify says how many files the inventory has marked', async (t) => {
  const cwd = scratch(t);
  write(cwd, { 'd/a': 'a', 'd/b': 'b' });
  assert.equal((await hasher(t, cwd, '--dir', 'd', '--no-tar')).code, 0);
  const yaml = readFileSync(join(cwd, 'd.yaml'), 'utf8');
  writeFileSync(join(cwd, 'd.yaml'), yaml.replace(/( +)blake3: .*\n/, "$&$1problem: 'changed'\n"));
  const { code, stdout } = await hasher(t, cwd, 'verify', 'd.yaml');
  assert.equal(code, 0);
  assert.match(
    stdout,
    /\nMarked in the inventory as changed or not readable to the end when it was made: 1\.\n$/,
  );
});

test('no output appears before all are complete, and a later run clears up', async (t) => {
  const cwd = scratch(t);
  write(cwd, { 'd/small': 'x', 'd.yaml': 'old' });
  truncateSync(join(cwd, 'd/small'), 2e9);
  const args = ['--dir', 'd', ...QUIET, '--hash-workers', '1'];
  const start = () => startHeld(t, 'archive-hasher', args, cwd, { on: 'open', before: 'd/small' });
  const interrupted = await start();
  assert.equal(existsSync(join(cwd, 'd.partial/lock')), true);
  interrupted.child.kill('SIGINT');
  interrupted.release();
  const { code, stdout } = await interrupted.ended;
  assert.equal(code, 130);
  assert.match(stdout, /^Interrupted after .*: nothing was written\.\n$/);
  assert.deepEqual(readdirSync(cwd).sort(), ['d', 'd.yaml']);
  const killed = await start();
  const second = await hasher(t, cwd, '--dir', 'd');
  assert.equal(second.code, 2);
  assert.match(
    second.stderr,
    /^archive-hasher: another run \(process \d+ on .*\) is writing .*\/d\.\*\. Wait for it, or /,
  );
  killed.child.kill('SIGKILL');
  await killed.ended;
  assert.deepEqual(readdirSync(cwd).sort(), ['d', 'd.partial', 'd.yaml']);
  assert.equal(readFileSync(join(cwd, 'd.yaml'), 'utf8'), 'old');
  truncateSync(join(cwd, 'd/small'), 5);
  assert.equal((await hasher(t, cwd, '--dir', 'd')).code, 0);
  assert.deepEqual(
    readdirSync(cwd).filter((name) => name.includes('partial')),
    [],
  );
  assert.match(readFileSync(join(cwd, 'd.yaml'), 'utf8'), /^schemaVersion: 1\n/);
});

test('a full disk ends the run with one line and leaves nothing', async (t) => {
  const disk = mountSmallDisk(t, '3m');
  if (disk === undefined) {
    t.skip('not allowed to mount');
    return;
  }
  const cwd = scratch(t);
  mkdirSync(join(cwd, 'd'));
  writeFileSync(join(cwd, 'd/file'), randomBytes(5_000_000));
  for (const compress of ['none', 'zstd']) {
    const ended = await hasher(t, cwd, '--dir', 'd', '--out-dir', disk.path, '--compress', compress);
    assert.equal(ended.code, 1);
    const output = join(disk.path, compress === 'none' ? 'd.tar' : 'd.tar.zst');
    assert.equal(
      ended.stderr,
      `archive-hasher: cannot write ${output}: ENOSPC: no space left on device, write. Free some space and run again\n`,
    );
    assert.deepEqual(readdirSync(disk.path), []);
  }
  write(join(cwd, 'many'), Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`file-${i}`, ''])));
  disk.remount('size=500k');
  const many = ['--dir', 'many', '--out-dir', disk.path, '--no-tar'];
  const spooled = await hasher(t, cwd, ...many);
  assert.equal(spooled.code, 1);
  assert.match(
    spooled.stderr,
    /^archive-hasher: cannot write .*\/many\.(partial|SHA256SUMS|B3SUMS): ENOSPC: .*, write\. Free some space and run again\n$/,
  );
  assert.deepEqual(readdirSync(disk.path), []);
  writeFileSync(join(disk.path, 'full'), Buffer.alloc(500 << 10));
  const full = await hasher(t, cwd, ...many);
  assert.equal(full.code, 2);
  assert.match(
    full.stderr,
    /^archive-hasher: --out-dir: cannot write to .*: ENOSPC: .*\. Free some space and run again\n$/,
  );
  assert.deepEqual(readdirSync(disk.path), ['full']);
});

test('what cannot be right is refused before anything is touched', async (t) => {
  const cwd = scratch(t);
  write(cwd, { 'd/a': 'a', 'd/d.toml': '', file: '', 'p.partial/tmp-a-b-c.partial': '' });
  mkdirSync(join(cwd, 'e.yaml'));
  mkdirSync(join(cwd, 'empty'));
  const table: [string[], RegExp][] = [
    [['--dir', 'nowhere'], /^archive-hasher: --dir: cannot read nowhere: there is no such file or directory/],
    [
      ['--dir', 'empty'],
      /^archive-hasher: --dir: empty is empty: there is nothing to hash\. Is its file system mounted\?\n$/,
    ],
    [
      ['--dir', 'd', '--out-dir', 'd'],
      /^archive-hasher: --out-dir: .*\/d is the directory to be hashed, and outputs would be hashed too\. Give another --out-dir\n$/,
    ],
    [['--dir', 'file'], /^archive-hasher: --dir: file is no directory\n$/],
    [
      ['--dir', 'd', '--out-dir', 'd/out'],
      /out is inside d, where outputs would be hashed too\. Give another --out-dir\n$/,
    ],
    [
      ['--dir', 'd'],
      /^archive-hasher: d\/d\.toml is there already, .*\. Give another --out-prefix, or --no-tar\n$/,
    ],
    [
      ['--dir', 'p.partial', '--out-prefix', 'p'],
      /p\.partial is to hold the outputs while they are made, and they would be hashed too\. Give another --out-prefix /,
    ],
    [
      ['--dir', 'd', '--out-prefix', 'x'.repeat(250)],
      /^archive-hasher: --out-dir: cannot write to .*: ENAMETOOLONG: .* Give a shorter --out-prefix\n$/,
    ],
    [['--dir', 'd', '--out-prefix', 'e'], /e\.yaml is a directory, and an output is to have that name\. /],
    [
      ['--dir', 'd', '--gpgkey', 'file', '--no-tar'],
      /^archive-hasher: --gpgkey: file is no ASCII-armored OpenPGP key\. /,
    ],
    [
      ['--dir', 'd', '--out-dir', 'file/x', '--no-tar'],
      /^archive-hasher: --out-dir: cannot write to .*file\/x: /,
    ],
  ];
  for (const [args, message] of table) {
    const { code, stderr, stdout } = await hasher(t, cwd, ...args);
    assert.deepEqual([code, stdout], [2, ''], args.join(' '));
    assert.match(stderr, message);
  }
  assert.deepEqual(readdirSync(cwd).sort(), ['d', 'e.yaml', 'empty', 'file', 'p.partial']);
  assert.deepEqual(readdirSync(join(cwd, 'p.partial')), ['tmp-a-b-c.partial']);
});

test('a directory of which nothing is hashed is reported', async (t) => {
  const cwd = scratch(t);
  mkdirSync(join(cwd, 'd/a'), { recursive: true });
  write(cwd, { 'd/b': 'b' });
  const ended = await hasher(t, cwd, '--dir', 'd', '--exclude', 'b');
  assert.equal(ended.code, 0);
  assert.match(
    ended.stderr,
    /^\S+ WARN there was nothing to hash: of d all is left out, or it holds directories only\n$/,
  );
});

test('the command that a summary ends with works whatever the outputs are called', async (t) => {
  const cwd = scratch(t);
  write(cwd, { "it's mine/f": '1' });
  const { code, stdout } = await hasher(t, cwd, '--dir', "it's mine", '--out-dir', 'my outputs');
  assert.equal(code, 0);
  const command = /^To check the outputs: (.*)$/m.exec(stdout)?.[1] as string;
  assert.match(succeed('/', 'sh', '-c', command).toString(), /^it's mine\.yaml: OK$/m);
});
