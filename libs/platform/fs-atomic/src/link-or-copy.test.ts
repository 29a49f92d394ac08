import assert from 'node:assert/strict';
import fs, {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { linkOrCopy } from './index.ts';

let directory: string;
let temporary: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'link-'));
  temporary = join(directory, 'tmp');
  mkdirSync(temporary);
  writeFileSync(join(directory, 'from'), 'content');
});
afterEach(() => rmSync(directory, { recursive: true }));

const inode = (name: string): number => statSync(join(directory, name)).ino;

test('a file gets one more name', () => {
  linkOrCopy(join(directory, 'from'), join(directory, 'to'), temporary);
  assert.equal(inode('to'), inode('from'));
  assert.deepEqual(readdirSync(temporary), []);
});

test('a file system that cannot link has a copy', (t) => {
  t.mock.method(fs, 'linkSync', () => {
    throw Object.assign(new Error('cross-device link'), { code: 'EXDEV', syscall: 'link' });
  });
  syncBuiltinESMExports();
  try {
    linkOrCopy(join(directory, 'from'), join(directory, 'to'), temporary);
  } finally {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  }
  assert.notEqual(inode('to'), inode('from'));
  assert.equal(readFileSync(join(directory, 'to'), 'utf8'), 'content');
  assert.deepEqual(readdirSync(temporary), []);
});

test('an existing file stays, and nothing is left over', () => {
  writeFileSync(join(directory, 'to'), 'another');
  assert.throws(() => linkOrCopy(join(directory, 'from'), join(directory, 'to'), temporary), {
    code: 'EEXIST',
  });
  assert.throws(() => linkOrCopy(join(directory, 'none'), join(directory, 'new'), temporary), {
    code: 'ENOENT',
  });
  assert.equal(readFileSync(join(directory, 'to'), 'utf8'), 'another');
  assert.deepEqual(readdirSync(temporary), []);
});
