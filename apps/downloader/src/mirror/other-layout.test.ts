import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { UsageError } from '@crates-mirror/errors';
import { checkOtherLayout } from './other-layout.ts';

test('all layouts that a tree may have are named', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'layout-'));
  t.after(() => rmSync(root, { recursive: true }));
  const add = (path: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), '');
  };
  const hint = (): string | undefined => {
    try {
      checkOtherLayout(root, 'cargo');
    } catch (error) {
      if (error instanceof UsageError) return error.hint;
    }
    return undefined;
  };
  add('foo/foo-1.0.0.crate');
  assert.equal(hint(), 'Say --layout upstream or --layout go to adopt them, or name another directory');
  add('s/er/serde-1.0.0.crate');
  assert.equal(hint(), 'Say --layout go to adopt them, or name another directory');
});
