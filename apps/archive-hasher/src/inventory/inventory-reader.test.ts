import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { dump, load } from 'js-yaml';
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

test('a list that was cut off between two items is damaged', () => {
  const head = `${HEAD}  files: 2\n  symlinks: 0\n`;
  assert.equal([...read(`${head}files:\n${item('a')}${item('b')}`).entries()].length, 2);
  for (const items of [item('a'), ''])
    assert.throws(() => [...read(`${head}files:\n${items}`).entries()], {
      code: 'inventory_damaged',
      message: /x\.yaml lists [01] files and links, and says that there are 2$/,
    });
});

test('what stands before the files', () => {
  const reader = read(`${HEAD}archive:
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
  const { head } = reader;
  assert.equal(head.directoryName, 'd');
  assert.deepEqual(
    [...head.digests],
    [
      ['sha512', 'abc'],
      ['sha256', 'def'],
    ],
  );
  assert.deepEqual([...reader.skipped()], ['fifo', '\xff']);
  assert.deepEqual(head.metadata, { path: 'd.toml', size: 5, sha256: DIGEST });
});

test('a directory name that leads elsewhere is none', () => {
  for (const name of ['..', '../x', '/etc', '""', '5', '[a]'])
    assert.equal(
      read(`schemaVersion: 1\ndirectory: {name: ${name}}\nfiles: []\n`).head.directoryName,
      undefined,
    );
});

test('an invalid inventory is refused before anything else', () => {
  const doubled = Array.from({ length: 40 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]\n`).join('');
  const table: [string, RegExp][] = [
    ['', /x\.yaml is no inventory: it has no 'files'$/],
    ['a: 1\nfiles: []\n', /x\.yaml is no inventory: it has no schemaVersion$/],
    // Expanded, this would be 2 to the 40th digits.
    [
      `a0: &a0 [1]\n${doubled}schemaVersion: *a40\nfiles: []\n`,
      /x\.yaml is no inventory: it has no schemaVersion$/,
    ],
    ['schemaVersion: 3\nfiles: []\n', /has schemaVersion 3, and this archive-hasher reads 1 and 2$/],
    ['a: [\nfiles: []\n', /x\.yaml is no inventory: /],
    ['\0\x01\xff', /x\.yaml is no inventory: it has no 'files'$/],
    ['files: [{path: a}]\n', /x\.yaml, line 1: the items of a list are to be on lines of their own$/],
    [`${HEAD}skipped: [a]\nfiles: []\n`, /line 4: the items of a list are to be on lines of their own$/],
    [`${HEAD}note: ${'x'.repeat(70_000)}\nfiles: []\n`, /x\.yaml, line 4: is too long$/],
    [`${HEAD}${'a: b\n'.repeat(300_000)}`, /line \d{6}: so much besides 'files' is in no inventory of ours$/],
  ];
  for (const [text, message] of table) assert.throws(() => read(text), { code: 'usage', message });
  assert.throws(() => new InventoryReader(join(file, '..')), {
    code: 'usage',
    message: /^cannot read the inventory \/.*: it is no file/,
  });
});

test('an entry that cannot be understood is reported by its line', () => {
  const table: [string, RegExp][] = [
    [item('b') + item('a'), /x\.yaml, line 5: a does not come after b$/],
    [item('b') + item('b'), /line 5: b does not come after b$/],
    [item('a') + item('b').replace('size: 1', 'size: x'), /line 5: item 2 from there on has no size$/],
    ['garbage\n', /line 5: is not an item of 'files'$/],
    [
      `${item('a')}more: 1\n`,
      /line 9: 'more' comes after 'files', which must be last where 'schemaVersion' is first$/,
    ],
    [`${item('a')}more 1\n`, /line 5: cannot be parsed: /],
    [`${item('a')}${`    # ${'x'.repeat(60_000)}\n`.repeat(9)}`, /line 13: the item of 'files' is too long$/],
    [`${'\n'.repeat(9)}- a\n`, /line 14: item 1 from there on is no mapping$/],
    [item(`'${'x'.repeat(70_000)}'`), /line 5: is too long$/],
  ];
  for (const [text, message] of table)
    assert.throws(() => [...read(`${HEAD}files:\n${text}`).entries()], {
      code: 'inventory_damaged',
      message,
    });
});

test('an inventory whose keys a YAML tool has sorted is read, wherever its lists stand', () => {
  const names = Array.from(
    { length: 600 },
    (_, i) => `${'long name '.repeat(12)}${String(i).padStart(4, '0')}`,
  );
  const head = `${HEAD}  files: 600\n  symlinks: 0\nhashes: {m: {sha512: {digest: abc}}}\n`;
  const skipped = `skipped:\n${names.map((name) => `- path: '${name}'\n  reason: a socket\n`).join('')}`;
  const text = `${head}${skipped}files:\n${names.map((name) => item(`"${name}"`)).join('')}`;
  const parsed = load(text);
  const compare = (a: string, b: string): number => (a < b ? 1 : -1);
  for (const sortKeys of [true, compare]) {
    const reader = read(dump(parsed, { sortKeys }));
    assert.equal(reader.head.digests.get('sha512'), 'abc');
    assert.deepEqual(
      [...reader.entries()].map(({ path }) => path),
      names,
    );
    assert.deepEqual([...reader.skipped()], names);
  }
  const cut = dump(parsed, { sortKeys: true }).replace(/- blake3.*\n(.*\n)+(?=hashes:)/, '');
  assert.throws(() => [...read(cut).entries()], { code: 'inventory_damaged' });
  const twice = dump(parsed, { sortKeys: true }).replace(/\nhashes:/, '\nfiles: []\nhashes:');
  assert.throws(() => read(twice), { code: 'usage', message: /line \d+: has 'files' once more$/ });
});

test('what was skipped is read item by item, wherever it stands, and reported by its line', () => {
  const names = Array.from({ length: 1000 }, (_, i) => `f${String(i).padStart(4, '0')}`);
  for (const indent of ['', '  ']) {
    const list = names.map((name) => `${indent}- path: '${name}'\n${indent}  reason: 'a socket'\n`).join('');
    const reader = read(`schemaVersion: 1\nskipped:\n${list}directory:\n  name: d\nfiles:\n${item('a')}`);
    assert.deepEqual([...reader.skipped()], names);
    assert.equal(reader.head.directoryName, 'd');
    assert.equal([...reader.entries()].length, 1);
  }
  const table: [string, RegExp][] = [
    ['- path: b\n- path: a\n', /x\.yaml, line 5: a does not come after b$/],
    ['- path: b\n- reason: c\n', /line 5: item 2 from there on has no path$/],
    ['  b\n', /line 5: is not an item of 'skipped'$/],
    [`- path: a\n${`  # ${'x'.repeat(60_000)}\n`.repeat(9)}`, /line 10: the item of 'skipped' is too long$/],
    [`- path: ${'x'.repeat(70_000)}\n`, /line 5: is too long$/],
  ];
  for (const [text, message] of table)
    assert.throws(() => [...read(`${HEAD}skipped:\n${text}files: []\n`).skipped()], {
      code: 'inventory_damaged',
      message,
    });
});

test('memory does not grow with what an inventory of somebody else says', () => {
  const line = `- path: x\n  reason: ${'y'.repeat(1000)}\n`;
  const fd = openSync(file, 'w');
  writeSync(fd, `${HEAD}skipped:\n`);
  for (let i = 0; i < 300; i++) writeSync(fd, line.repeat(1000));
  writeSync(fd, 'files: []\n');
  closeSync(fd);
  const script = `
    import { InventoryReader } from ${JSON.stringify(join(import.meta.dirname, 'inventory-reader.ts'))};
    const reader = new InventoryReader(${JSON.stringify(file)});
    process.stdout.write([...reader.entries()].length + "\\n");
    try { for (const path of reader.skipped()); } catch (error) { process.stdout.write(error.message + "\\n"); }`;
  const args = ['--max-old-space-size=64', '--input-type=module', '--eval', script];
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.equal(status, 0);
  assert.match(stdout, /^0\n.*x\.yaml, line 5: x does not come after x\n$/);
});
