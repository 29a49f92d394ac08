import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { makeDirectories } from './index.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'make-directories-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('makes what is missing, and is content with what is there', () => {
  for (const path of ['a/b/c', 'a/b', 'a/b/d/', '.', 'a/../e']) {
    makeDirectories(join(directory, path));
    assert.ok(statSync(join(directory, path)).isDirectory(), path);
  }
  makeDirectories('/');
});

test('a file in the way is told as what it is', () => {
  writeFileSync(join(directory, 'file'), '');
  assert.throws(() => makeDirectories(join(directory, 'file')), { code: 'EEXIST' });
  assert.throws(() => makeDirectories(join(directory, 'file/below')), { code: 'ENOTDIR' });
});

test('where no directory can be made, that is an error and not a loop', (t) => {
  if (!existsSync('/proc/self')) {
    t.skip('this system has no /proc');
    return;
  }
  assert.throws(() => makeDirectories('/proc/crates-mirror/sub'), { code: 'ENOENT' });
});
