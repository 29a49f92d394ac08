import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
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
import { basename, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { UsageError } from '@crates-mirror/errors';
import {
  AtomicFile,
  acquireLock,
  isLock,
  isTemporaryName,
  makeDirectories,
  openOutput,
  partialName,
  remainderOf,
  removeTemporaries,
  replaceFile,
  temporaryName,
  writeFileAtomic,
} from './index.ts';
import { partialNameThatFits } from './replace-file.ts';
import { isStagedRemainder, StagedDirectory } from './staged-directory.ts';

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

test('discarding leaves nothing, and what was there stays', () => {
  writeFileSync(join(directory, 'final'), 'old');
  const file = new AtomicFile(directory);
  file.write(Buffer.from('half'));
  file.discard();
  assert.deepEqual(readdirSync(directory), ['final']);
  assert.equal(readFileSync(join(directory, 'final'), 'utf8'), 'old');
});

test('a rename that fails removes the temporary and tells why', () => {
  mkdirSync(join(directory, 'final', 'sub'), { recursive: true });
  assert.throws(() => writeFileAtomic(join(directory, 'final'), 'x'), { code: 'EISDIR' });
  assert.deepEqual(readdirSync(directory), ['final']);
});

test('only our own temporaries are removed', () => {
  const kept = ['a.partial', 'tmp-1-2.partial', 'tmp-A-1-1.partial', 'x.crate'];
  for (const name of [...kept, temporaryName(), temporaryName()]) writeFileSync(join(directory, name), '');
  mkdirSync(join(directory, 'tmp-1-1-1.partial'));
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

test('a replaced file is whole, and a remainder is told by its name', () => {
  const path = join(directory, 'a.json');
  for (const text of ['one', 'twö']) {
    replaceFile(path, Buffer.from(text));
    assert.equal(readFileSync(path, 'utf8'), text);
  }
  assert.deepEqual(readdirSync(directory), ['a.json']);
  assert.equal(remainderOf('a.json.12.partial'), 'a.json');
  assert.equal(remainderOf('a.json.12-m1x.partial'), 'a.json');
  assert.equal(remainderOf(partialName('a.json')), undefined);
  // A run that was killed may have had the same process id.
  assert.equal(remainderOf(`a.json.${process.pid}-m1x.partial`), 'a.json');
  assert.equal(remainderOf('a.json'), undefined);
});

test('a name that leaves no room for more is written and replaced, and its remainder is told', () => {
  for (const length of [200, 244, 255]) {
    const name = `${'a'.repeat(length - 5)}.json`;
    const partial = basename(partialNameThatFits(join(directory, name)));
    const remainder = remainderOf(partial.replace(`${process.pid}-`, '1-')) ?? '';
    assert.ok(partial.length <= 255 && remainder.endsWith('a.json'), partial);
    for (const text of ['first', 'second']) replaceFile(join(directory, name), Buffer.from(text));
    const staged = [1, 2].map(() => StagedDirectory.create(join(directory, `d${name}`.slice(0, length))));
    for (const { at } of staged)
      assert.ok(isStagedRemainder(basename(at).replace(`${process.pid}-`, '1-')), at);
    for (const [i, { at }] of staged.entries()) writeFileSync(join(at, String(i)), '');
    for (const one of staged) one.commit();
    assert.deepEqual(readdirSync(join(directory, `d${name}`.slice(0, length))), ['0', '1']);
    assert.equal(readFileSync(join(directory, name), 'utf8'), 'second');
  }
  assert.equal(readdirSync(directory).length, 6);
});

test('a replacement that cannot get its name is gone, and what is in its place stays', () => {
  mkdirSync(join(directory, 'a.json'));
  assert.throws(() => replaceFile(join(directory, 'a.json'), Buffer.from('{}')), { syscall: 'rename' });
  assert.deepEqual(readdirSync(directory), ['a.json']);
});

test('threads of a run call what they write the same, and another process calls it otherwise', async () => {
  const module = new URL('./replace-file.ts', import.meta.url).href;
  const program = `import { partialName } from ${JSON.stringify(module)};
    import { parentPort } from 'node:worker_threads';
    const name = partialName('a.json');
    if (parentPort === null) console.log(name); else parentPort.postMessage(name);`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`));
  const [inThread] = await once(worker, 'message');
  assert.equal(inThread, partialName('a.json'));
  const inProcess = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
  assert.match(inProcess, /^a\.json\.\d+-[0-9a-z]+\.partial\n$/);
  assert.notEqual(inProcess.trim(), inThread);
});

test('a remainder of a staged directory is told from a directory that is called after a version', () => {
  assert.equal(isStagedRemainder('crates~1-7.12-m1x.partial'), true);
  assert.equal(isStagedRemainder('1.0.0-rc.1.partial'), false);
  const { at } = StagedDirectory.create(join(directory, 'own'));
  assert.equal(isStagedRemainder(basename(at)), false);
  assert.equal(isStagedRemainder(basename(at).replace(`${process.pid}-`, '1-')), true);
});

test('a staged directory appears with all its files, also where it was made meanwhile', () => {
  const path = join(directory, 'deep/er');
  makeDirectories(join(directory, 'deep'));
  const staged = StagedDirectory.create(path);
  const second = StagedDirectory.create(path);
  writeFileSync(join(staged.at, 'a'), 'one');
  mkdirSync(join(staged.at, 'in'));
  writeFileSync(join(staged.at, 'in/x'), 'one');
  assert.equal(existsSync(path), false);
  staged.commit();
  assert.equal(readFileSync(join(path, 'a'), 'utf8'), 'one');
  for (const sub of ['in', 'new']) mkdirSync(join(second.at, sub));
  for (const file of ['a', 'b', 'in/y', 'new/z']) writeFileSync(join(second.at, file), 'three');
  second.commit();
  assert.deepEqual(readdirSync(path, { recursive: true }).sort(), [
    'a',
    'b',
    'in',
    'in/x',
    'in/y',
    'new',
    'new/z',
  ]);
  assert.equal(readFileSync(join(path, 'a'), 'utf8'), 'three');
  assert.deepEqual(readdirSync(join(directory, 'deep')), ['er']);
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
    output.discard();
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

test('an output on a file system without hard links has no lock, and is written all the same', (t) => {
  t.mock.method(fs, 'linkSync', () => {
    throw Object.assign(new Error('EPERM: operation not permitted, link'), {
      code: 'EPERM',
      syscall: 'link',
    });
  });
  syncBuiltinESMExports();
  try {
    const output = openOutput('--x-out', join(directory, 'a.jsonl'));
    output.write(Buffer.from('a'));
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
