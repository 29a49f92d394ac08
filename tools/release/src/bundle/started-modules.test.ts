import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundledName, rewriteSource } from './started-modules.ts';

const PROGRAMS = [{ name: 'crates-mirror-downloader', module: 'apps/downloader/src/tool.ts' }];

test('what stands beside a source is found among the bundles', () => {
  assert.equal(bundledName('apps/downloader/src/lane/lane-worker.ts'), 'downloader-lane-worker.js');
  const table: [string, string][] = [
    ["new URL('./x-worker.ts', import.meta.url)", "new URL('./a-x-worker.js', import.meta.url)"],
    ["new URL('../b/x.wasm', import.meta.url)", "new URL('./a-x.wasm', import.meta.url)"],
    [
      "join(import.meta.dirname, '../../downloader/src/main.js')",
      "join(import.meta.dirname, '../bin/crates-mirror-downloader.js')",
    ],
    ["createRequire(import.meta.url)('pino')", "require('pino')"],
    ['import.meta.filename', 'import.meta.filename'],
  ];
  for (const [source, bundled] of table)
    assert.equal(rewriteSource('apps/a/src/c/d.ts', source, PROGRAMS), bundled);
});

test('what would not be found is refused', () => {
  for (const source of [
    "join(import.meta.dirname, 'x')",
    'import.meta.resolve(x)',
    'new URL(x, import.meta.url)',
  ])
    assert.throws(
      () => rewriteSource('apps/a/src/d.ts', source, PROGRAMS),
      /^Error: apps\/a\/src\/d\.ts: .* cannot be bundled/,
    );
  assert.throws(
    () => rewriteSource('a', "join(import.meta.dirname, '../../x/src/main.js')", PROGRAMS),
    /no program/,
  );
});
