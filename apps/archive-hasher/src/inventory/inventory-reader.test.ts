import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { InventoryReader } from './inventory-reader.ts';

const DIGEST = 'ab'.repeat(32);
const HEAD = "schemaVersion: 1\ndirectory:\n  name: 'd'\n";

let file: string;
beforeEach(() => {
  file = join(mkdtempSync(join(tmpdir(), 'inventory-')), 'x.yaml');
});
afterEach(() => rmSync(join(file, '..'), { recursive: true }));

function read(text: string): InventoryReader {
  writeFileSync(file, text);
  return new InventoryReader(file);
}

function item(path: string, indent = '  '): string {
  return `${indent}- path: ${path}\n${indent}  size: 1\n${indent}  sha256: '${DIGEST}'\n${indent}  blake3: ${DIGEST}\n`;
}

test('entries are read however they are indented and quoted, many or none', () => {
  for (const indent of ['', '  ', '    ']) {
    const names = Array.from({ length: 600 }, (_, i) => `f${String(i).padStart(4, '0')}`);
    const reader = read(`${HEAD}files:\n${names.map((name) => item(`"${name}"`, indent)).join('')}`);
    assert.deepEqual(
      [...reader.entries()].map(({ path }) => path),
      names,
    );
  }
  assert.deepEqual([...read(`${HEAD}files: []\n`).entries()], []);
  assert.deepEqual([...read(`${HEAD}files:\n`).entries()], []);
});

test('what stands before the files', () => {
  const { head } = read(`${HEAD}archive:
  metadata: {path: d.toml, size: 5, sha256: '${DIGEST}'}
hashes:
  of: 'all'
  mainHashes:
    sha512: {digest: abc}
  additionalHashes:
    sha256: {digest: def}
skipped:
  - path: fifo
    reason: a named pipe
  - pathBase64: /w==
files: []
`);
  assert.equal(head.directoryName, 'd');
  assert.deepEqual(
    [...head.digests],
    [
      ['sha512', 'abc'],
      ['sha256', 'def'],
    ],
  );
  assert.deepEqual([...head.skipped], ['fifo', '\xff']);
  assert.deepEqual(head.metadata, { path: 'd.toml', size: 5, sha256: DIGEST });
});

test('a directory name that leads elsewhere is none', () => {
  for (const name of ['..', '../x', '/etc', '""', '5', '[a]'])
    assert.equal(
      read(`schemaVersion: 1\ndirectory: {name: ${name}}\nfiles: []\n`).head.directoryName,
      undefined,
    );
});

test('what is no inventory is refused before anything else', () => {
  const table: [string, RegExp][] = [
    ['', /x\.yaml is no inventory: it has no 'files'$/],
    ['a: 1\nfiles: []\n', /x\.yaml is no inventory: it has no schemaVersion$/],
    ['schemaVersion: 2\nfiles: []\n', /has schemaVersion 2, and this archive-hasher reads 1$/],
    ['a: [\nfiles: []\n', /x\.yaml is no inventory: /],
    ['\0\x01\xff', /x\.yaml is no inventory: it has no 'files'$/],
  ];
  for (const [text, message] of table) assert.throws(() => read(text), { code: 'usage', message });
  assert.throws(() => new InventoryReader(join(file, '..')), {
    code: 'usage',
    message: /^cannot read the inventory: /,
  });
});

test('an entry that cannot be understood is told by its line', () => {
  const table: [string, RegExp][] = [
    [item('b') + item('a'), /x\.yaml, line 5: a does not come after b$/],
    [item('b') + item('b'), /line 5: b does not come after b$/],
    [item('a') + item('b').replace('size: 1', 'size: x'), /line 5: item 2 from there on has no size$/],
    ['garbage\n', /line 5: is not an item of 'files'$/],
    [`${item('a')}more: 1\n`, /line 5: cannot be parsed: /],
    [item(`'${'x'.repeat(70_000)}'`), /line 5: is too long$/],
  ];
  for (const [text, message] of table)
    assert.throws(() => [...read(`${HEAD}files:\n${text}`).entries()], {
      code: 'inventory_damaged',
      message,
    });
});
