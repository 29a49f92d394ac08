import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { findRepository, GitTree, ObjectStore, readCommitTree, readHead } from './index.ts';

const MAX_SIZE = 1 << 20;
const hasGit = spawnSync('git', ['version']).error === undefined;
const skip = hasGit ? false : 'git is not installed';

let root: string;
let work: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'git-objects-'));
  work = join(root, 'work');
});
afterEach(() => rmSync(root, { recursive: true }));

function git(...args: string[]): string {
  const identity = ['-c', 'user.name=x', '-c', 'user.email=x@example.org', '-c', 'init.defaultBranch=main'];
  return execFileSync('git', [...identity, ...args], { cwd: work, encoding: 'utf8' }).trim();
}

function make(...options: string[]): void {
  mkdirSync(work);
  git('init', '--quiet', ...options);
  for (const i of [1, 2, 3]) commit(i);
}

/** Files that grow by a line with each commit, and become deltas of deltas once packed. */
function commit(number: number): void {
  for (let i = 0; i < 40; i++) {
    const directory = join(work, `a${i % 4}`, 'ü');
    mkdirSync(directory, { recursive: true });
    const line = `{"name":"crate-${i}","vers":"${number}.0.0","cksum":"${String(i * number).repeat(64)}"}\n`;
    appendFileSync(join(directory, `crate-${i}`), line);
  }
  git('add', '--all');
  git('commit', '--quiet', '--message', `${number}`);
}

/** All files of HEAD's tree, as read by this library. */
function readAll(gitDirectory: string, store = new ObjectStore(gitDirectory)): Map<string, string> {
  const { tree } = readCommitTree(store, readHead(gitDirectory));
  const files = new Map<string, string>();
  const gitTree = new GitTree(store, tree);
  const walk = (directory: string): void => {
    for (const entry of gitTree.list(directory)?.values() ?? []) {
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
      if (entry.kind === 'directory') walk(path);
      else files.set(path, gitTree.read(entry, MAX_SIZE).toString());
    }
  };
  walk('');
  return files;
}

function assertIsWork(files: ReadonlyMap<string, string>): void {
  const names = git('-c', 'core.quotePath=false', 'ls-files').split('\n');
  assert.deepEqual([...files.keys()].sort(), names.sort());
  for (const [path, text] of files) assert.equal(text, readFileSync(join(work, path), 'utf8'), path);
}

function packs(gitDirectory: string): string[] {
  const directory = join(gitDirectory, 'objects/pack');
  return readdirSync(directory)
    .filter((name) => name.endsWith('.pack'))
    .map((name) => join(directory, name));
}

for (const format of ['sha1', 'sha256'])
  test(`loose objects, packs, deltas of both kinds, packed references: ${format}`, { skip }, () => {
    make(`--object-format=${format}`);
    const own = join(work, '.git');
    assertIsWork(readAll(own));
    git('-c', 'pack.depth=50', 'gc', '--quiet', '--aggressive', '--prune=now');
    git('pack-refs', '--all');
    assertIsWork(readAll(own));
    git('-c', 'repack.useDeltaBaseOffset=false', 'repack', '-adfq', '--depth=50');
    assertIsWork(readAll(own));
    commit(4);
    git('checkout', '--quiet', '--detach');
    assertIsWork(readAll(own));
  });

test('objects that are packed anew or fetched during the reading are found', { skip }, () => {
  make();
  const own = join(work, '.git');
  git('gc', '--quiet', '--prune=now');
  const store = new ObjectStore(own);
  assertIsWork(readAll(own, store));
  commit(4);
  assertIsWork(readAll(own, store));
  git('gc', '--quiet', '--prune=now');
  assertIsWork(readAll(own, store));
  commit(5);
  git('repack', '-adq');
  assertIsWork(readAll(own, store));
  store.close();
});

test('objects that are borrowed from another repository', { skip }, () => {
  make();
  git('clone', '--quiet', '--bare', '--shared', work, '../borrower.git');
  const borrower = join(root, 'borrower.git');
  assert.deepEqual(findRepository(borrower), { kind: 'bare', gitDirectory: borrower });
  assertIsWork(readAll(borrower));
});

test('damage is reported with the place, and never read as something else', { skip }, () => {
  make();
  const own = join(work, '.git');
  git('gc', '--quiet', '--aggressive', '--prune=now');
  const [pack = ''] = packs(own);
  chmodSync(pack, 0o644);
  const whole = readFileSync(pack);
  const right = readAll(own);
  for (let at = 12; at < whole.length - 20; at += 7) {
    const damaged = Buffer.from(whole);
    damaged.writeUInt8(damaged.readUInt8(at) ^ 0x40, at);
    writeFileSync(pack, damaged);
    try {
      assert.deepEqual(readAll(own), right);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      // A changed flag in front of an object may turn a tree into a blob.
      assert.equal(error.code, 'unreadable', `byte ${at}: ${error.message}`);
    }
  }
  writeFileSync(pack, whole.subarray(0, whole.length / 2));
  assert.throws(() => readAll(own), { code: 'unreadable', message: /\.pack is damaged at byte \d+/ });
});

test('a damaged index of a pack is reported, and never ends in anything else', { skip }, () => {
  make();
  const own = join(work, '.git');
  git('gc', '--quiet', '--prune=now');
  const [pack = ''] = packs(own);
  const path = pack.replace(/pack$/, 'idx');
  chmodSync(path, 0o644);
  const whole = readFileSync(path);
  const right = readAll(own);
  const damage = (at: number, byte: number): void => {
    const damaged = Buffer.from(whole);
    damaged.writeUInt8(byte, at);
    writeFileSync(path, damaged);
  };
  for (let at = 0; at < whole.length - 40; at += 41)
    for (const byte of [0xff, 0x80 ^ whole.readUInt8(at)]) {
      damage(at, byte);
      try {
        assert.deepEqual(new Set(readAll(own).keys()), new Set(right.keys()));
      } catch (error) {
        if (!(error instanceof Error && 'code' in error)) throw error;
        assert.equal(error.code, 'unreadable', `byte ${at}: ${error.message}`);
      }
    }
  writeFileSync(path, whole.subarray(0, whole.length / 2));
  assert.throws(() => readAll(own), { code: 'unreadable', message: /\.idx is shorter than it should be$/ });
});

test('a damaged copy hides no whole one, nor does one that comes later', { skip }, () => {
  make();
  const own = join(work, '.git');
  git('gc', '--quiet', '--prune=now');
  const [pack = ''] = packs(own);
  const whole = readFileSync(pack);
  chmodSync(pack, 0o644);
  writeFileSync(pack, whole.subarray(0, 40));
  const store = new ObjectStore(own);
  assert.throws(() => readAll(own, store), { code: 'unreadable' });
  // The state after a second fetch.
  const index = readFileSync(pack.replace(/pack$/, 'idx'));
  writeFileSync(pack.replace('pack-', 'pack-0'), whole);
  writeFileSync(pack.replace('pack-', 'pack-0').replace(/pack$/, 'idx'), index);
  assertIsWork(readAll(own, store));
  writeFileSync(join(own, 'objects/pack/pack-00.idx'), 'none');
  writeFileSync(join(own, 'objects/pack/pack-00.pack'), 'none');
  assertIsWork(readAll(own));
  store.close();
});

test('what a repository does not have is reported', { skip }, () => {
  mkdirSync(work);
  git('init', '--quiet');
  const own = join(work, '.git');
  assert.throws(() => readHead(own), { message: /has no commit: refs\/heads\/main does not exist$/ });
  writeFileSync(join(own, 'HEAD'), 'ref: refs/heads/../../../../etc/passwd\n');
  assert.throws(() => readHead(own), { message: /HEAD is no reference$/ });
  const store = new ObjectStore(own);
  assert.throws(() => store.read('\x01'.repeat(20), 'blob', MAX_SIZE), {
    code: 'unreadable',
    message:
      /does not have the blob (01){20}: it is damaged, a partial clone, or another git has pruned it meanwhile$/,
  });
});

test('an object that is too large is not read into memory', { skip }, () => {
  make();
  writeFileSync(join(work, 'large'), 'x'.repeat(100_000));
  git('add', '--all');
  git('commit', '--quiet', '--message', 'large');
  const own = join(work, '.git');
  for (const pack of [false, true]) {
    if (pack) git('gc', '--quiet', '--prune=now');
    const store = new ObjectStore(own);
    const tree = new GitTree(store, readCommitTree(store, readHead(own)).tree);
    const entry = tree.find('large');
    assert.ok(entry !== undefined);
    assert.throws(() => tree.read(entry, 99_999), { code: 'unreadable', message: /too large/ });
    assert.equal(tree.read(entry, 100_000).length, 100_000);
  }
});

test('a clone without its files, and a directory that is no repository', { skip }, () => {
  make();
  const other = join(root, 'other');
  git('clone', '--quiet', '--no-checkout', work, other);
  assert.deepEqual(findRepository(other), { kind: 'no-checkout', gitDirectory: join(other, '.git') });
  assert.equal(findRepository(work), undefined, 'a checkout');
  mkdirSync(join(root, 'empty'));
  assert.equal(findRepository(join(root, 'empty')), undefined);
});
