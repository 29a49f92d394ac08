import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { parseLayout } from '@crates-mirror/layout';
import { crateTree, shapeOf } from './crate-tree.ts';

test('the crate files of a layout are recognized by the ends of their names and their depth', () => {
  const crate = { suffix: '.crate', depth: 3 };
  for (const [layout, shape] of [
    ['cargo', crate],
    ['crate-dirs', { ...crate, depth: 4 }],
    ['upstream', { ...crate, depth: 2 }],
    ['go', crate],
    ['all/{crate}/{version}.tgz', { suffix: '.tgz', depth: 3 }],
    ['{crate}/{version}', undefined],
    ['{crate}/{version}/file.crate', undefined],
  ] as const)
    assert.deepEqual(shapeOf(parseLayout(layout)), shape, layout);
});

test('all crate files below a root are found, through links too, and nothing else', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'crate-tree-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const path of [
    'se/rd/serde-1.0.0.crate',
    'se/rd/serde-1.0.0.crate.json',
    '1/a-1.0.0.crate',
    'se/rd/too/deep-1.0.0.crate',
    '.crates-mirror/tmp/x.crate',
    'elsewhere/li/linked-1.0.0.crate',
  ]) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), '');
  }
  symlinkSync('elsewhere', join(root, 'li'));
  symlinkSync('nowhere', join(root, 'broken-1.0.0.crate'));
  const found: string[] = [];
  for await (const paths of crateTree(root, { suffix: '.crate', depth: 3 })) found.push(...paths);
  assert.deepEqual(found.sort(), [
    '1/a-1.0.0.crate',
    'elsewhere/li/linked-1.0.0.crate',
    'li/li/linked-1.0.0.crate',
    'se/rd/serde-1.0.0.crate',
  ]);
  for await (const paths of crateTree(join(root, 'none'), { suffix: '.crate', depth: 3 }))
    assert.deepEqual(paths, []);
});
