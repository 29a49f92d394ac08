import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { removeRemainder } from './sidecar-tree.ts';

test('remainders go, also where another lane was first; what is not ours stays', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'sidecars-'));
  t.after(() => rmSync(root, { recursive: true }));
  writeFileSync(join(root, 'a-1.0.0.crate.json.1.partial'), '');
  writeFileSync(join(root, 'notes.txt.1.partial'), '');
  for (const [directory, file] of [
    ['cr.1.partial', 'b-1.0.0.crate.json'],
    ['my.1.partial', 'notes.txt'],
  ] as const) {
    mkdirSync(join(root, directory));
    writeFileSync(join(root, directory, file), '');
  }
  const entries = readdirSync(root, { withFileTypes: true });
  for (const entry of [...entries, ...entries]) removeRemainder(root, entry);
  assert.deepEqual(readdirSync(root).sort(), ['my.1.partial', 'notes.txt.1.partial']);
});
