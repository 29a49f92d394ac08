import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { CrateFiles } from '@crates-mirror/crate-files';
import { sha256Hex } from '@crates-mirror/hashing/sha256';
import { parseLayout } from '@crates-mirror/layout';
import { Gap } from '../test-crates.ts';
import { SmallFiles } from './small-files.ts';

const LAYOUT = parseLayout('upstream');

function mirrorOf(t: TestContext, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'small-files-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [version, content] of Object.entries(files)) {
    mkdirSync(join(root, 'crate'), { recursive: true });
    writeFileSync(join(root, `crate/crate-${version}.crate`), content);
  }
  return root;
}

function wanted(version: string, content: string) {
  return { name: 'crate', version, sha256: sha256Hex(content) };
}

test('a small file is read where it has the bytes that the index promises', (t) => {
  const root = mirrorOf(t, { '1.0.0': 'one', '2.0.0': 'another', '3.0.0': '', '4.0.0': 'x'.repeat(11) });
  symlinkSync('crate-1.0.0.crate', join(root, 'crate/crate-5.0.0.crate'));
  mkdirSync(join(root, 'crate/crate-6.0.0.crate'));
  const small = new SmallFiles(root, LAYOUT, 10);
  const read = (version: string, content: string): string | undefined =>
    small.read(wanted(version, content))?.toString();
  assert.equal(read('1.0.0', 'one'), 'one');
  assert.equal(read('2.0.0', 'one'), undefined, 'other bytes');
  assert.equal(read('3.0.0', ''), '');
  assert.equal(read('4.0.0', 'x'.repeat(11)), undefined, 'too large');
  assert.equal(read('5.0.0', 'one'), undefined, 'a link');
  assert.equal(read('6.0.0', ''), undefined, 'a directory');
  assert.equal(read('7.0.0', 'one'), undefined, 'nothing');
});

test('pack reads small loose files once, and looks closer at others alone', async (t) => {
  const gap = new Gap(t);
  for (let i = 0; i < 5; i++) gap.publish(`crate-${i}`, '1.0.0', `crate ${i}`);
  gap.publish('lacks', '1.0.0', 'not mirrored', false);
  gap.publish('large', '1.0.0', Buffer.alloc(1_200_000, 'large'));
  const look = t.mock.method(CrateFiles.prototype, 'lookAll');
  const { report } = await gap.pack();
  assert.equal(report['crate_files'], 6);
  const looked = look.mock.calls.flatMap(({ arguments: [files] }) => files.map(({ name }) => name));
  assert.deepEqual(looked, ['lacks', 'large']);
});
