import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkOutside } from './outside.ts';

test('a written path is not below one that is only read, by any name; the other way round it may be', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'outside-'));
  t.after(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, 'index/se/rd'), { recursive: true });
  symlinkSync('index', join(directory, 'link'));
  symlinkSync('index/se', join(directory, 'shard'));
  const check = (out: string, index: string) => (): void =>
    checkOutside(
      { option: '--out', path: join(directory, out) },
      { option: '--index', path: join(directory, index) },
    );
  for (const [out, index] of [
    ['index', 'index'],
    ['index/', 'index'],
    ['index/new/er', 'index'],
    ['link', 'index'],
    ['shard/rd', 'link'],
    ['none/new', 'none'],
  ] as const)
    assert.throws(
      check(out, index),
      {
        name: 'UsageError',
        message: `--out ${join(directory, out)} is inside of --index ${join(directory, index)}`,
        hint: 'Name a place elsewhere',
      },
      `${out} ${index}`,
    );
  for (const [out, index] of [
    ['index2', 'index'],
    ['.', 'index'],
    ['index/../m', 'index'],
    ['shard/../m', 'index/se'],
  ] as const)
    check(out, index)();
  const root = { option: '--index', path: '/' };
  assert.throws(() => checkOutside({ option: '--out', path: directory }, root), { name: 'UsageError' });
});
