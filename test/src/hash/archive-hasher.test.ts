import assert from 'node:assert/strict';
import type { SpawnSyncReturns } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { hasher, isMissing, run, succeed, write } from '../support/archive-tools.ts';
import { REPOSITORY, runTool, scratch, startUpstream } from '../support/tools.ts';

/** Names that break tools: each file's content is a unique number. */
function writeNasty(root: string): Buffer[] {
  const names = [
    'new\nline',
    'cr\r',
    'a\rb',
    'back\\slash',
    '\\n',
    'co: lon',
    '-',
    '- dash',
    '-rf',
    '"double"',
    "it's",
  ]
    .concat([
      ' lead',
      'trail ',
      'tab\t',
      '\x01\x02\x7f',
      '#hash',
      '~',
      'null',
      '12:30:45',
      '2001-01-01',
      '*',
      '$(x)',
    ])
    .concat(['ümläut', '漢字', '😀', 'e\u0301', '\u2028', '\ufeffbom', '\ufffd', 'x'.repeat(255)])
    .concat(['c:evil', 'evil', '\\srv', 'srv', '\u00e9', `${'z'.repeat(101)}e\u0301`])
    .map((name) => Buffer.from(name));
  names.push(Buffer.from('bad\xff', 'latin1'), Buffer.from(`${'y'.repeat(150)}\xe9`, 'latin1'));
  mkdirSync(root, { recursive: true });
  for (const [i, name] of names.entries())
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), name]), `content ${i}`);
  const deep = join(root, `${'deep/'.repeat(40)}`);
  mkdirSync(deep, { recursive: true });
  writeFileSync(join(deep, 'file'), '');
  return names;
}

const READ = `
import base64, json, sys, tomllib, yaml
def name(entry):
    text = entry.get("path")
    return (base64.b64decode(entry["pathBase64"]) if text is None else text.encode()).hex()
data = yaml.safe_load(open(sys.argv[1], encoding="utf8")) if sys.argv[1].endswith("yaml") else tomllib.load(open(sys.argv[1], "rb"))
data["files"] = [[name(e), e.get("size"), e.get("sha256"), e.get("symlink")] for e in data["files"]]
json.dump(data, sys.stdout)`;
const UNPACK = 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall()';

interface Inventory {
  readonly directory: Record<string, unknown>;
  readonly hashes: Record<string, Record<string, { digest: string; use: string }>>;
  readonly signature?: Record<string, unknown>;
  readonly skipped?: { path: string; reason: string }[];
  /** Name in hex, size, SHA-256, link target. */
  readonly files: [string, number, string, string | null][];
}

/** A Python with YAML and TOML parsers. */
function findPython(t: TestContext): string | undefined {
  const found = ['python3', '/usr/bin/python3'].find(
    (one) => run('/', one, '-c', 'import yaml, tomllib').status === 0,
  );
  if (found === undefined) t.skip('no Python 3.11 with yaml');
  return found;
}

function readWithPython(python: string, cwd: string, file: string): Inventory {
  return JSON.parse(String(succeed(cwd, python, '-c', READ, file)));
}

test('a mirror: every output is what other tools say', async (t) => {
  const python = findPython(t);
  if (python === undefined || isMissing(t, 'sha256sum', 'b3sum', 'tar')) return;
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 20 });
  await runTool(t, 'downloader', [...upstream.args, '--out', 'mirror'], cwd);
  const ended = await hasher(t, cwd, '--dir', 'mirror', '--out-dir', 'out/new');
  assert.deepEqual([ended.code, ended.stderr], [0, '']);
  assert.match(ended.stdout, /^Hashed \d+ files \(.+\) of mirror with 11 algorithms in /);
  assert.match(ended.stdout, /\nNothing is signed: there was no --gpgkey\.\n/);
  const out = join(cwd, 'out/new');
  const names = [
    'mirror.B3SUMS',
    'mirror.SHA256SUMS',
    'mirror.outputs.SHA256SUMS',
    'mirror.tar',
    'mirror.yaml',
  ];
  assert.deepEqual(readdirSync(out).sort(), names);
  succeed(out, 'sha256sum', '--strict', '-c', 'mirror.outputs.SHA256SUMS');
  const mirror = join(cwd, 'mirror');
  succeed(mirror, 'sha256sum', '--strict', '-c', '../out/new/mirror.SHA256SUMS');
  succeed(mirror, 'b3sum', '-c', '../out/new/mirror.B3SUMS');
  // The same order as in sort(1) by bytes, since no name here sorts before a slash.
  const listed = String(
    succeed(mirror, 'sh', '-c', 'find . -type f | cut -c3- | grep -v "^.crates-mirror/[^m]" | LC_ALL=C sort'),
  )
    .trim()
    .split('\n');
  const inventory = readWithPython(python, out, 'mirror.yaml');
  assert.deepEqual(
    inventory.files.map(([name]) => Buffer.from(name, 'hex').toString()),
    listed,
  );
  const all = Buffer.concat(listed.map((path) => readFileSync(join(mirror, path))));
  const digest = (name: string): string => createHash(name).update(all).digest('hex');
  assert.equal(inventory.hashes['mainHashes']?.['sha512']?.digest, digest('sha512'));
  assert.equal(inventory.hashes['mainHashes']?.['sha3-256']?.digest, digest('sha3-256'));
  assert.equal(inventory.hashes['additionalHashes']?.['sha256']?.digest, digest('sha256'));
  assert.match(inventory.hashes['additionalHashes']?.['murmur3']?.use ?? '', /^not cryptographic/);
  assert.equal(inventory.directory['bytes'], all.length);
  assert.deepEqual(inventory.signature?.['signed'], false);
  succeed(cwd, 'sh', '-c', 'mkdir unpacked && tar -xf out/new/mirror.tar -C unpacked');
  assert.deepEqual(readWithPython(python, cwd, 'unpacked/mirror.toml').files, inventory.files);
  const verified = await hasher(
    t,
    cwd,
    'verify',
    'out/new/mirror.yaml',
    '--dir',
    'unpacked',
    '--algorithms',
    'all',
  );
  assert.equal(verified.code, 0, verified.stdout);
  assert.match(verified.stdout, /^\/.*unpacked is as the inventory says: \d+ files /);
});

test('nasty names come back from every output', async (t) => {
  const python = findPython(t);
  if (python === undefined || isMissing(t, 'sha256sum', 'b3sum', 'tar', 'bsdtar')) return;
  const cwd = scratch(t);
  const names = writeNasty(join(cwd, 'nasty'));
  symlinkSync('../a\nwhere', join(cwd, 'nasty', 'li\nnk'));
  const ended = await hasher(t, cwd, '--dir', 'nasty', '--out-prefix', 'odd: "name"');
  assert.deepEqual([ended.code, ended.stderr], [0, '']);
  assert.match(
    ended.stdout,
    /\n3 names are not in the B3SUMS: b3sum takes no name that is not UTF-8 or contains U\+FFFD\.\n$/,
  );
  const prefix = join(cwd, 'odd: "name"');
  succeed(join(cwd, 'nasty'), 'sha256sum', '--strict', '-c', `${prefix}.SHA256SUMS`);
  succeed(join(cwd, 'nasty'), 'b3sum', '-c', `${prefix}.B3SUMS`);
  succeed(cwd, 'sha256sum', '--strict', '-c', `${prefix}.outputs.SHA256SUMS`);
  const inventory = readWithPython(python, cwd, `${prefix}.yaml`);
  const read = new Map(inventory.files.map(([name, , sha256]) => [name, sha256]));
  assert.equal(read.size, names.length + 2);
  for (const [i, name] of names.entries())
    assert.equal(read.get(name.toString('hex')), createHash('sha256').update(`content ${i}`).digest('hex'));
  const unpackers = { tar: ['tar', '-xf'], bsdtar: ['bsdtar', '-xf'], python: [python, '-c', UNPACK] };
  for (const [name, [command, ...args]] of Object.entries(unpackers)) {
    const unpacked = join(cwd, name);
    mkdirSync(unpacked);
    succeed(unpacked, command as string, ...args, `${prefix}.tar`);
    assert.deepEqual(readWithPython(python, unpacked, 'odd: "name".toml').files, inventory.files);
    const verified = await hasher(t, cwd, 'verify', `${prefix}.yaml`, '--dir', unpacked);
    assert.equal(verified.code, 0, `${name}: ${verified.stdout}`);
  }
});

test('the command that the summary gives can be run as it stands, whatever the names', async (t) => {
  if (isMissing(t, 'sha256sum')) return;
  const cwd = scratch(t);
  write(cwd, { 'd/a': 'a' });
  mkdirSync(join(cwd, "it's $HOME"));
  for (const prefix of ['d', '-d', "d's $(x)"]) {
    const { stdout } = await hasher(
      t,
      cwd,
      '--dir',
      'd',
      '--out-dir',
      "it's $HOME",
      `--out-prefix=${prefix}`,
    );
    const command = /^To check the outputs: (.*)$/m.exec(stdout)?.[1] ?? '';
    assert.match(String(succeed(cwd, 'sh', '-c', command)), /\.yaml: OK\n/);
  }
});

test('signatures that gpg verifies, of a key with a passphrase', async (t) => {
  if (isMissing(t, 'gpg', 'sha256sum')) return;
  const cwd = scratch(t);
  write(cwd, { 'd/a': 'a', passphrase: 'open sesame\n', wrong: 'x\n' });
  const gpg = (home: string, ...args: string[]): SpawnSyncReturns<Buffer> => {
    mkdirSync(join(cwd, home), { recursive: true, mode: 0o700 });
    return run(cwd, 'gpg', '--homedir', home, '--batch', '--pinentry-mode', 'loopback', ...args);
  };
  const secret = ['--passphrase', 'open sesame'];
  t.after(() => run(cwd, 'gpgconf', '--homedir', 'alice', '--kill', 'gpg-agent'));
  const made = gpg(
    'alice',
    ...secret,
    '--quick-generate-key',
    'Alice <alice@example.org>',
    'ed25519',
    'sign',
    'never',
  );
  assert.equal(made.status, 0, String(made.stderr));
  writeFileSync(join(cwd, 'key.asc'), gpg('alice', ...secret, '--armor', '--export-secret-keys').stdout);
  const sign = ['--dir', 'd', '--gpgkey', 'key.asc', '--gpgkey-passphrase-file'];
  const refused = await hasher(t, cwd, ...sign, 'wrong');
  assert.equal(refused.code, 2);
  assert.match(
    refused.stderr,
    /^archive-hasher: --gpgkey: key\.asc cannot be unlocked: .*Incorrect key passphrase\n$/,
  );
  assert.equal((await hasher(t, cwd, ...sign.slice(0, -1))).code, 2);
  assert.deepEqual(
    readdirSync(cwd).filter((name) => name.startsWith('d.')),
    [],
  );
  const ended = await hasher(t, cwd, ...sign, 'passphrase');
  assert.deepEqual([ended.code, ended.stderr], [0, '']);
  assert.match(ended.stdout, /\nSigned with [0-9A-F]{40}, Alice <alice@example\.org>\.\n/);
  succeed(cwd, 'sha256sum', '--strict', '-c', 'd.outputs.SHA256SUMS');
  t.after(() => run(cwd, 'gpgconf', '--homedir', 'bob', '--kill', 'gpg-agent'));
  assert.equal(gpg('bob', '--import', 'd.publickey.asc').status, 0);
  for (const name of ['d.yaml', 'd.SHA256SUMS', 'd.B3SUMS', 'd.outputs.SHA256SUMS']) {
    const verified = gpg('bob', '--verify', `${name}.asc`, name);
    assert.match(String(verified.stderr), /Good signature from "Alice <alice@example\.org>"/, name);
    writeFileSync(join(cwd, name), `${readFileSync(join(cwd, name))} `);
    assert.notEqual(gpg('bob', '--verify', `${name}.asc`, name).status, 0);
  }
  // Signatures of other files would only cause false alarms.
  assert.equal((await hasher(t, cwd, '--dir', 'd')).code, 0);
  assert.deepEqual(
    readdirSync(cwd).filter((name) => /^d\..*asc$/.test(name)),
    [],
  );
});

/** The commands of a section of docs/reference/archive-hasher.md, where they are indented. */
function commandsOfReference(from: string, to: string): string {
  const page = readFileSync(join(REPOSITORY, 'docs/reference/archive-hasher.md'), 'utf8');
  const part = page.slice(page.indexOf(from), page.indexOf(to, page.indexOf(from)));
  return part.match(/^ {4}.*$/gm)?.join('\n') ?? '';
}

test('what the reference says to do at the other end finds the copy in order, and then damaged', async (t) => {
  if (isMissing(t, 'gpg', 'sha256sum', 'tar')) return;
  const cwd = scratch(t);
  const home = mkdtempSync(join(tmpdir(), 'gnupg-'));
  const shell = (directory: string, commands: string): SpawnSyncReturns<Buffer> =>
    run(
      directory,
      'sh',
      '-ec',
      `export GNUPGHOME=${home} PATH=${REPOSITORY}/node_modules/.bin:$PATH\n${commands}`,
    );
  t.after(() => {
    shell(cwd, 'gpgconf --kill gpg-agent');
    rmSync(home, { recursive: true, force: true });
  });
  const key = "gpg --batch --passphrase '' --quick-generate-key alice ed25519 sign never";
  const made = shell(cwd, `${key} && gpg --armor --export-secret-keys alice > key.asc`);
  assert.equal(made.status, 0, String(made.stderr));
  write(cwd, { 'mirror/se/rd/serde-1.0.0.crate': 'serde', 'mirror/.crates-mirror/mirror.json': '{}' });
  const hashed = await hasher(t, cwd, '--dir', 'mirror', '--out-dir', 'there', '--gpgkey', 'key.asc');
  assert.equal(hashed.code, 0, hashed.stderr);
  rmSync(join(cwd, 'mirror'), { recursive: true });
  const there = join(cwd, 'there');
  const commands = commandsOfReference('The receiver checks the files', '`verify` prints');
  const ended = shell(there, commands);
  assert.equal(ended.status, 0, `${ended.stdout}${ended.stderr}`);
  assert.match(
    String(ended.stdout),
    /^(mirror\.\S+: OK\n)+\/.*\/there\/mirror is as the inventory says: 2 files /,
  );
  writeFileSync(join(there, 'mirror/se/rd/serde-1.0.0.crate'), 'SERDE');
  for (const check of commands.split('\n').slice(-2)) {
    const found = shell(there, check);
    assert.equal(found.status, 1);
    assert.match(String(found.stdout), /se\/rd\/serde-1\.0\.0\.crate: (FAILED|has other content)\n/);
  }
});

test('equal directories make equal archives, regardless of their owners and order', async (t) => {
  if (isMissing(t, 'tar', 'zstd')) return;
  const cwd = scratch(t);
  write(join(cwd, 'one'), { 'b/file': 'b', 'a/file': 'a', run: '#!' });
  write(join(cwd, 'two'), { run: '#!', 'a/file': 'a', 'b/file': 'b' });
  chmodSync(join(cwd, 'one/run'), 0o700);
  chmodSync(join(cwd, 'two/run'), 0o775);
  chmodSync(join(cwd, 'two/a/file'), 0o600);
  const setTimes = (root: string): void => {
    for (const path of ['a/file', 'b/file', 'run', 'a', 'b']) utimesSync(join(cwd, root, path), 1e9, 1e9);
  };
  setTimes('one');
  setTimes('two');
  const archive = async (root: string, ...more: string[]): Promise<Buffer> => {
    const ended = await hasher(
      t,
      cwd,
      '--dir',
      root,
      '--out-dir',
      `${root}-out`,
      '--out-prefix',
      'p',
      ...more,
    );
    assert.equal(ended.code, 0, ended.stderr);
    // The name of the directory is part of the metadata.
    return Buffer.from(
      readFileSync(join(cwd, `${root}-out/p.tar`))
        .toString('latin1')
        .replaceAll(`"${root}"`, '""'),
    );
  };
  const [one, two] = [await archive('one'), await archive('two', '--hash-workers', '1')];
  assert.ok(one.equals(two));
  const lines = String(succeed(cwd, 'tar', '-tvf', 'one-out/p.tar'))
    .replace(/ +/g, ' ')
    .trimEnd()
    .split('\n');
  assert.deepEqual(
    lines.slice(0, 5).map((line) => line.replace(' 2001-09-09 01:46', '')),
    [
      'drwxr-xr-x 0/0 0 a/',
      '-rw-r--r-- 0/0 1 a/file',
      'drwxr-xr-x 0/0 0 b/',
      '-rw-r--r-- 0/0 1 b/file',
      '-rwxr-xr-x 0/0 2 run',
    ],
  );
  utimesSync(join(cwd, 'two/run'), 5, 5);
  assert.ok(!one.equals(await archive('two')));
  const fixed = ['--mtime', '2020-02-02T02:02:02Z'];
  assert.ok((await archive('one', ...fixed)).equals(await archive('two', ...fixed)));
  writeFileSync(join(cwd, 'p.tar'), '');
  const compressed = await hasher(
    t,
    cwd,
    '--dir',
    'one',
    '--out-prefix',
    'p',
    '--compress',
    'zstd',
    '--compress-level',
    '19',
  );
  assert.equal(compressed.code, 0);
  assert.match(
    compressed.stderr,
    /^\S+ WARN p\.tar is of an earlier run, and does not match this inventory\n$/,
  );
  succeed(cwd, 'zstd', '-t', 'p.tar.zst');
  assert.match(
    String(succeed(cwd, 'zstd', '-lv', 'p.tar.zst')),
    /Zstandard Frames: 1\n.*\n?Skippable Frames: 1\n/,
  );
  assert.equal(
    String(succeed(cwd, 'tar', '--zstd', '-tf', 'p.tar.zst')),
    'a/\na/file\nb/\nb/file\nrun\np.toml\n',
  );
});
