import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs, {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { UsageError } from '@crates-mirror/errors';
import {
  AtomicFile,
  acquireLock,
  isLock,
  openOutput,
  removeTemporaries,
  temporaryName,
  writeFileAtomic,
} from './index.ts';
import { isTemporaryName } from './temporary.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fs-atomic-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('the final name appears only with the commit, and the temporary is gone then', () => {
  const file = new AtomicFile(directory);
  file.write(Buffer.from('hello '));
  file.write(Buffer.from('world'));
  const [temporary, ...others] = readdirSync(directory);
  assert.ok(isTemporaryName(temporary as string));
  assert.deepEqual(others, []);
  const stats = file.commit(join(directory, 'final'));
  assert.equal(stats.size, 11);
  assert.deepEqual(readdirSync(directory), ['final']);
  assert.equal(readFileSync(join(directory, 'final'), 'utf8'), 'hello world');
  file.discard();
  assert.deepEqual(readdirSync(directory), ['final']);
});

test('neither a commit nor a discard leaves a file open', (t) => {
  if (!existsSync('/proc/self/fd')) {
    t.skip('this system has no /proc');
    return;
  }
  const open = (): number => readdirSync('/proc/self/fd').length;
  const before = open();
  for (let i = 0; i < 10; i++) {
    new AtomicFile(directory).discard();
    new AtomicFile(directory).commit(join(directory, 'final'));
    writeFileAtomic(join(directory, 'final'), 'x');
  }
  assert.equal(open(), before);
});

test('a file that must survive a power cut is flushed before it gets its name', (t) => {
  const final = join(directory, 'final');
  const flushed: boolean[] = [];
  const { fsyncSync } = fs;
  t.mock.method(fs, 'fsyncSync', (fd: number) => {
    flushed.push(existsSync(final));
    fsyncSync(fd);
  });
  syncBuiltinESMExports();
  writeFileAtomic(final, 'x', { durable: true });
  t.mock.restoreAll();
  syncBuiltinESMExports();
  assert.equal(flushed[0], false);
});

test('discarding leaves nothing, and what was there stays', () => {
  writeFileSync(join(directory, 'final'), 'old');
  const file = new AtomicFile(directory);
  file.write(Buffer.from('half'));
  file.discard();
  assert.deepEqual(readdirSync(directory), ['final']);
  assert.equal(readFileSync(join(directory, 'final'), 'utf8'), 'old');
});

test('a rename that fails removes the temporary and says why', () => {
  mkdirSync(join(directory, 'final', 'sub'), { recursive: true });
  assert.throws(() => writeFileAtomic(join(directory, 'final'), 'x'), { code: 'EISDIR' });
  assert.deepEqual(readdirSync(directory), ['final']);
});

test('only our own temporaries are removed', () => {
  const kept = ['a.partial', 'tmp-1-2.partial', 'tmp-A-1-1.partial', 'x.crate'];
  for (const name of [...kept, temporaryName(), temporaryName()]) writeFileSync(join(directory, name), '');
  mkdirSync(join(directory, 'tmp-1-1-1.partial'));
  assert.equal(removeTemporaries(directory, 60_000), 0, 'another run may be writing them');
  assert.equal(removeTemporaries(directory), 2);
  assert.deepEqual(readdirSync(directory).sort(), [...kept, 'tmp-1-1-1.partial'].sort());
});

test('what a killed process left beside a file goes when the file or the lock is made again', () => {
  const { pid } = spawnSync(process.execPath, ['--version']);
  const temporary = (process: number): string => `tmp-${process.toString(36)}-0-1.partial`;
  const others = [
    `other.${temporary(pid)}`,
    temporary(pid),
    'final.partial',
    ...['final', 'lock'].map((name) => `${name}.${temporary(process.ppid)}`),
  ];
  for (const name of ['final', 'lock']) others.push(`${name}.${temporary(pid)}`);
  for (const name of others) writeFileSync(join(directory, name), '');
  writeFileAtomic(join(directory, 'final'), 'x');
  const lock = acquireLock(join(directory, 'lock'));
  assert.deepEqual(readdirSync(directory).sort(), [...others.slice(0, 5), 'final', 'lock'].sort());
  assert.ok(isLock(lock));
  lock.release();
});

test('a temporary file of a name of its own takes the place of what a kill left', () => {
  const path = join(directory, 'stream');
  writeFileSync(`${path}.partial`, 'left over, and longer');
  const file = new AtomicFile({ temporaryPath: `${path}.partial` });
  file.write(Buffer.from('new'));
  file.commit(path);
  assert.equal(readFileSync(path, 'utf8'), 'new');
  assert.deepEqual(readdirSync(directory), ['stream']);
});

test('a device or a pipe that an option names is written, not replaced', (t) => {
  const pipe = join(directory, 'pipe');
  if (spawnSync('mkfifo', [pipe]).error !== undefined) {
    t.skip('mkfifo is not there');
    return;
  }
  const null_ = statSync('/dev/null');
  const result = join(directory, 'result');
  const reader = spawn('cat', [pipe], { stdio: ['ignore', openSync(result, 'w'), 'inherit'] });
  for (const path of ['/dev/null', pipe]) {
    const output = openOutput('--x-out', path);
    output.write(Buffer.from('a line\n'));
    output.sync();
    output.commit();
    // The reader of a pipe waits until it is closed.
    if (path !== pipe) output.discard();
  }
  assert.deepEqual(
    [statSync('/dev/null').rdev, statSync('/dev/null').ino, statSync(pipe).isFIFO()],
    [null_.rdev, null_.ino, true],
  );
  return once(reader, 'exit').then(() => assert.equal(readFileSync(result, 'utf8'), 'a line\n'));
});

test('an output that is a link stays one, and what it leads to is replaced', () => {
  writeFileSync(join(directory, 'real'), 'old');
  symlinkSync('real', join(directory, 'link'));
  const output = openOutput('--x-out', join(directory, 'link'));
  output.write(Buffer.from('new'));
  assert.equal(readFileSync(join(directory, 'real'), 'utf8'), 'old');
  output.commit();
  assert.equal(readFileSync(join(directory, 'real'), 'utf8'), 'new');
  assert.equal(readlinkSync(join(directory, 'link')), 'real');
});

test('an output has one writer at a time, by whatever name', () => {
  const path = join(directory, 'a.jsonl');
  writeFileSync(path, 'old');
  symlinkSync('a.jsonl', join(directory, 'link'));
  const first = openOutput('--x-out', path);
  first.write(Buffer.from('first'));
  for (const name of ['a.jsonl', 'link'])
    assert.throws(
      () => openOutput('--x-out', join(directory, name)),
      new RegExp(
        `--x-out: another run \\(process ${process.pid} on .*, since .*\\) is writing .*/a\\.jsonl$`,
      ),
    );
  first.commit();
  assert.equal(readFileSync(path, 'utf8'), 'first');
  openOutput('--x-out', path).discard();
  assert.deepEqual(readdirSync(directory), ['a.jsonl', 'link']);
  mkdirSync(`${path}.partial`);
  assert.throws(() => openOutput('--x-out', path), /^UsageError: --x-out: cannot write to .*: EISDIR/);
  assert.deepEqual(readdirSync(directory), ['a.jsonl', 'a.jsonl.partial', 'link']);
});

test('an output on a file system without hard links is locked and written like any other', (t) => {
  t.mock.method(fs, 'linkSync', () => {
    throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' });
  });
  syncBuiltinESMExports();
  try {
    const output = openOutput('--x-out', join(directory, 'a.jsonl'));
    output.write(Buffer.from('a'));
    assert.throws(() => openOutput('--x-out', join(directory, 'a.jsonl')), /another run/);
    output.commit();
  } finally {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  }
  assert.deepEqual(readdirSync(directory), ['a.jsonl']);
});

test('an output that an option names is refused in time, with the option and why', () => {
  const file = openOutput('--x-out', join(directory, 'new/a.jsonl'));
  file.write(Buffer.from('a'));
  file.commit();
  assert.equal(readFileSync(join(directory, 'new/a.jsonl'), 'utf8'), 'a');
  assert.throws(
    () => openOutput('--x-out', join(directory, 'new')),
    new UsageError(`--x-out: cannot write to ${directory}/new: it is a directory`),
  );
  assert.throws(
    () => openOutput('--x-out', join(directory, 'new/a.jsonl/b')),
    /^UsageError: --x-out: cannot write to .*(ENOTDIR|EEXIST)/,
  );
});
