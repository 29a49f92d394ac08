import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import {
  diffTrees,
  GitError,
  git,
  gitsIn,
  ObjectReader,
  orphanedGits,
  readCommit,
  removeLeftovers,
} from './index.ts';
import { startGit } from './run-git.ts';
import { StderrReader } from './stderr-reader.ts';

/** bytes. More than any file here has. */
const MAX_SIZE = 1_000_000;

let directory: string;
beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'git-')));
});
afterEach(() => rmSync(directory, { recursive: true }));

function plainGit(...args: string[]): string {
  const identity = ['-c', 'user.name=x', '-c', 'user.email=x@example.org'];
  return execFileSync('git', [...identity, ...args], {
    cwd: directory,
    encoding: 'utf8',
    stdio: 'pipe',
  }).trim();
}

function commit(files: Readonly<Record<string, string | null>>): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(directory, name, '..'), { recursive: true });
    if (content === null) rmSync(join(directory, name));
    else writeFileSync(join(directory, name), content);
  }
  plainGit('add', '--all');
  plainGit('commit', '--quiet', '--message=x');
  return plainGit('rev-parse', 'HEAD');
}

test('two trees are compared by their files, and the files are read', async () => {
  plainGit('init', '--quiet');
  const odd = 'a/new\nline and "quotes"';
  const first = commit({ 'a/one': '1', 'a/two': '2', 'b/gone': 'x', [odd]: 'odd' });
  const second = commit({
    'a/one': '1',
    'a/two': '22',
    'b/gone': null,
    'c/big': 'y'.repeat(300_000),
    [odd]: null,
  });
  const here = { directory };
  const before = await readCommit(first, here);
  const after = await readCommit('HEAD', here);
  assert.deepEqual(
    [before?.id, after?.id, before?.tree],
    [first, second, plainGit('rev-parse', `${first}^{tree}`)],
  );
  assert.equal(Date.parse(after?.committedAt ?? ''), Number(plainGit('show', '-s', '--format=%ct')) * 1000);
  assert.equal(await readCommit('refs/heads/none', here), undefined);
  const objects = new ObjectReader(here);
  const found: unknown[] = [];
  for await (const { path, before: old, after: now } of diffTrees(
    before?.tree ?? '',
    after?.tree ?? '',
    here,
  )) {
    const content = async (id: string | undefined) =>
      id === undefined ? null : (await objects.read(id, MAX_SIZE)).toString();
    found.push([path, await content(old), await content(now)]);
  }
  assert.deepEqual(found, [
    [odd, 'odd', null],
    ['a/two', '2', '22'],
    ['b/gone', 'x', null],
    ['c/big', null, 'y'.repeat(300_000)],
  ]);
  await assert.rejects(objects.read('0'.repeat(40), MAX_SIZE), {
    message: `git cat-file says: ${'0'.repeat(40)} missing`,
  });
  await objects.close();
});

test('an object that is too large is passed over, and the next one is read', async () => {
  plainGit('init', '--quiet');
  commit({ large: 'y'.repeat(MAX_SIZE + 1), most: 'z'.repeat(MAX_SIZE), small: 'x' });
  const objects = new ObjectReader({ directory });
  const read = async (name: string) =>
    (await objects.read(plainGit('rev-parse', `HEAD:${name}`), MAX_SIZE)).toString();
  assert.equal(await read('large'), '');
  assert.equal(await read('most'), 'z'.repeat(MAX_SIZE));
  assert.equal(await read('small'), 'x');
  await objects.close();
});

test('a commit from beyond all dates is read', async () => {
  plainGit('init', '--quiet');
  const text = `tree ${commit({ a: '1' }) && plainGit('rev-parse', 'HEAD^{tree}')}
author x <x@x> 99999999999999 +0000
committer x <x@x> 99999999999999 +0000

x
`;
  writeFileSync(join(directory, 'commit'), text);
  const id = plainGit('hash-object', '-t', 'commit', '-w', '--literally', 'commit');
  assert.equal((await readCommit(id, { directory }))?.committedAt, '+275760-09-13T00:00:00.000Z');
});

test('a git that stands still, or is no longer wanted, is ended', async () => {
  plainGit('init', '--quiet');
  await assert.rejects(startGit(['cat-file', '--batch'], { directory, idleMs: 100 }, true).ended, {
    code: 'git_network',
    message: 'git cat-file stood still for 0 seconds',
  });
  const stop = new AbortController();
  const running = startGit(['cat-file', '--batch'], { directory, signal: stop.signal }, true);
  stop.abort(new Error('no longer wanted'));
  await assert.rejects(running.ended, /no longer wanted/);
  await assert.rejects(
    git(['nonsense'], { directory }),
    (error) => error instanceof GitError && error.code === 'git_failed',
  );
});

test('a server that takes a connection and never answers holds nothing up', async (t) => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket.resume())).listen(0, '127.0.0.1');
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/index`;
  await assert.rejects(git(['ls-remote', '--', url], { directory, idleMs: 500 }), {
    message: /^git ls-remote stood still/,
  });
  // Over HTTP the waiting process is a helper, which git does not terminate.
  const stop = new AbortController();
  const waiting = git(['clone', '--', url, 'there'], { directory, signal: stop.signal });
  await once(server, 'connection');
  stop.abort(new Error('no longer wanted'));
  await assert.rejects(waiting, /no longer wanted/);
  assert.deepEqual(gitsIn(directory), []);
});

test('who is at work in a repository, and what was left there', async (t) => {
  if (gitsIn(directory) === undefined) {
    t.skip('there is no /proc');
    return;
  }
  plainGit('init', '--quiet');
  const running = startGit(['cat-file', '--batch'], { directory, purpose: 'a test' }, true);
  const pid = running.child.pid as number;
  assert.deepEqual(gitsIn(directory), [{ pid, command: 'git cat-file --batch' }]);
  assert.deepEqual(gitsIn(join(directory, 'elsewhere')), []);
  assert.deepEqual(orphanedGits('a test'), [], 'its parent lives');
  running.child.kill();
  await assert.rejects(running.ended);
  for (const name of [
    'index.lock',
    'shallow.lock',
    'refs/heads/x.lock',
    'objects/pack/tmp_pack_1',
    'objects/pack/.tmp-1-pack-1.pack',
    'objects/pack/keep.pack',
  ])
    writeFileSync(join(directory, '.git', name), '');
  const somebodyElse = (process.getuid?.() ?? 0) + 1;
  assert.deepEqual(removeLeftovers(join(directory, '.git'), somebodyElse), []);
  const removed = removeLeftovers(join(directory, '.git')).map((path) => path.slice(directory.length + 6));
  assert.deepEqual(removed.sort(), [
    'index.lock',
    'objects/pack/.tmp-1-pack-1.pack',
    'objects/pack/tmp_pack_1',
    'refs/heads/x.lock',
    'shallow.lock',
  ]);
});

test('progress is recognized in messages, in whatever pieces they come', () => {
  const text =
    "Cloning into 'x'...\nremote: Counting objects:  50% (1/2)\u001b[K\rremote: Counting objects: 100% (2/2), done.\u001b[K\nReceiving objects:  45% (9/20), 1.20 MiB | 3.00 MiB/s\rremote: Title: 5% (1/2), \u001b]0;mine\u0007\rremote: hé\nfatal: early EOF";
  for (const size of [1, 7, 1000]) {
    const progress: string[] = [];
    const reader = new StderrReader((line) => progress.push(line));
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += size) reader.read(bytes.subarray(at, at + size));
    assert.equal(reader.end(), "Cloning into 'x'...\nremote: hé\nfatal: early EOF");
    assert.deepEqual(progress, [
      'remote: Counting objects:  50% (1/2)',
      'remote: Counting objects: 100% (2/2), done.',
      'Receiving objects:  45% (9/20), 1.20 MiB | 3.00 MiB/s',
      'remote: Title: 5% (1/2),  ]0;mine',
    ]);
  }
});
