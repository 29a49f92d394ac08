import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreError, storing } from './store-error.ts';

test('a failure to write ends the run, unless it concerns one path only', () => {
  const table: [string, boolean][] = [
    ['ENOSPC', true],
    ['EDQUOT', true],
    ['EROFS', true],
    ['EACCES', true],
    ['EIO', true],
    ['EMFILE', true],
    ['EISDIR', false],
    ['ENOTDIR', false],
    ['ENAMETOOLONG', false],
  ];
  for (const [code, isFatal] of table) {
    assert.throws(
      () =>
        storing(() => {
          throw Object.assign(new Error(`${code}: no`), { code });
        }),
      (error) => error instanceof StoreError && error.isFatal === isFatal && error.record.code === code,
    );
  }
});
