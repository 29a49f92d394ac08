import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { sha256Hex } from '@crates-mirror/hashing/sha256';
import { parseLayout } from '@crates-mirror/layout';
import { LooseTree, type ReadMember } from './index.ts';

let mirror: string;
beforeEach(() => {
  mirror = mkdtempSync(join(tmpdir(), 'loose-tree-'));
});
afterEach(() => rmSync(mirror, { recursive: true }));

function member(path: string, text: string, sha256 = sha256Hex(text)): ReadMember {
  const content = Buffer.from(text);
  const { length: size } = content;
  const expected = { url: '', name: 'serde', version: '1.0.0', path, size, sha256, offset: 512 };
  return { path, size, expected, content: [content] };
}

test('members of a mirror whose lock is held replace existing files, and are remembered as verified', async () => {
  const path = 'se/rd/serde-1.0.0.crate';
  const tree = LooseTree.over(mirror, parseLayout('cargo'));
  assert.equal(await tree.put(member(path, 'first')), true);
  assert.equal(await tree.put(member(path, 'first')), false);
  assert.equal(await tree.put(member(path, 'second')), true);
  await assert.rejects(tree.put(member(path, 'third', sha256Hex('another'))), { code: 'checksum_mismatch' });
  assert.equal(tree.close(), undefined);
  assert.equal(readFileSync(join(mirror, path), 'utf8'), 'second');
  assert.match(
    readFileSync(join(mirror, '.crates-mirror/verified-1/se'), 'utf8'),
    new RegExp(sha256Hex('second')),
  );
});

test('nothing is written through a link in the tree', async (t) => {
  const outside = mkdtempSync(join(tmpdir(), 'outside-'));
  t.after(() => rmSync(outside, { recursive: true }));
  symlinkSync(outside, join(mirror, 'se'));
  const tree = LooseTree.over(mirror, parseLayout('cargo'));
  await assert.rejects(tree.put(member('se/rd/serde-1.0.0.crate', 'x')), { code: 'not_a_directory' });
  assert.equal(existsSync(join(outside, 'rd')), false);
  mkdirSync(join(mirror, 'fi/le'), { recursive: true });
  writeFileSync(join(mirror, 'fi/le/other'), '');
  await assert.rejects(tree.put(member('fi/le', 'x')), { code: 'exists' });
  tree.close();
});
