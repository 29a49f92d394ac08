import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs, {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { makeDirectories } from './make-directories.ts';
import {
  partialName,
  partialNameThatFits,
  remainderOf,
  replaceFile,
  writeSmallFile,
} from './replace-file.ts';
import { isStagedRemainder, StagedDirectory } from './staged-directory.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fs-atomic-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('a replaced file is whole, and a remainder is recognized by its name', () => {
  const path = join(directory, 'a.json');
  for (const text of ['one', 'twö']) {
    replaceFile(path, Buffer.from(text));
    assert.equal(readFileSync(path, 'utf8'), text);
  }
  assert.deepEqual(readdirSync(directory), ['a.json']);
  assert.equal(remainderOf('a.json.12.partial'), 'a.json');
  assert.equal(remainderOf('a.json.12-m1x.partial'), 'a.json');
  assert.equal(remainderOf(partialName('a.json')), undefined);
  // A killed run may have had the same process id.
  assert.equal(remainderOf(`a.json.${process.pid}-m1x.partial`), 'a.json');
  assert.equal(remainderOf('a.json'), undefined);
});

test('a small file that cannot be closed is not there', (t) => {
  const { closeSync } = fs;
  t.mock.method(fs, 'closeSync', (fd: number) => {
    closeSync(fd);
    throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC', syscall: 'close' });
  });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  assert.throws(() => writeSmallFile(join(directory, 'a'), Buffer.from('{}')), { code: 'ENOSPC' });
  assert.throws(() => replaceFile(join(directory, 'b'), Buffer.from('{}')), { code: 'ENOSPC' });
  assert.deepEqual(readdirSync(directory), []);
});

test('a name that leaves no room for more is written and replaced, and its remainder is reported', () => {
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

test('a replacement that cannot get its name is gone, and the file in its place stays', () => {
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

test('a remainder of a staged directory is distinguished from a directory that is called after a version', () => {
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
