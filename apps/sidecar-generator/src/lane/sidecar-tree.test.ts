import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ExactNames } from '@crates-mirror/fs-atomic';
import { removeRemainder, SidecarTree } from './sidecar-tree.ts';

test('remainders go, also where another lane was first; files of others stay', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'sidecars-'));
  t.after(() => rmSync(root, { recursive: true }));
  writeFileSync(join(root, 'a-1.0.0.crate.json.1.partial'), '');
  writeFileSync(join(root, 'notes.txt.1.partial'), '');
  for (const [directory, file] of [
    ['cr~1-2.1.partial', 'b-1.0.0.crate.json'],
    ['cr~1-2.1.partial/at', 'crate-1.0.0.crate.json'],
    ['my~1-2.1.partial', 'notes.txt'],
    ['1.0.0-rc.1.partial', 'c.crate.json'],
    ['me~1-2.1.partial/mo', 'notes.txt'],
  ] as const) {
    mkdirSync(join(root, directory), { recursive: true });
    writeFileSync(join(root, directory, file), '');
  }
  const entries = readdirSync(root, { withFileTypes: true });
  for (const entry of [...entries, ...entries]) removeRemainder(root, entry);
  assert.deepEqual(readdirSync(root).sort(), [
    '1.0.0-rc.1.partial',
    'me~1-2.1.partial',
    'my~1-2.1.partial',
    'notes.txt.1.partial',
  ]);
});

const NAME = 'a-1.0.0.crate.json';
const bytes = Buffer.from('xx{}\nxx');
const sidecar = { bytes, start: 2, end: 5 };

function temporary(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), 'sidecars-'));
  t.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, '1'));
  return root;
}

test('a sidecar is written when it is not there, or anything else is', (t) => {
  const root = temporary(t);
  const put = () => new SidecarTree(root).put('1', NAME, sidecar);
  assert.equal(put(), 'fresh');
  assert.equal(put(), 'unchanged');
  for (const other of ['{ }\n', '', '[]\n']) {
    writeFileSync(join(root, '1', NAME), other);
    assert.equal(put(), 'changed', other);
    assert.equal(readFileSync(join(root, '1', NAME), 'utf8'), '{}\n');
  }
  // Larger than a single read allows.
  truncateSync(join(root, '1', NAME), 3 * 2 ** 30);
  assert.equal(put(), 'changed');
});

test('a pipe in the place of a sidecar is not waited for', (t) => {
  const root = temporary(t);
  if (spawnSync('mkfifo', [join(root, '1', NAME)]).status !== 0) return t.skip('needs mkfifo');
  const module = new URL('./sidecar-tree.ts', import.meta.url).href;
  const program = `import { SidecarTree } from ${JSON.stringify(module)};
    const sidecar = { bytes: Buffer.from('{}'), start: 0, end: 2 };
    console.log(new SidecarTree(${JSON.stringify(root)}).put('1', ${JSON.stringify(NAME)}, sidecar));`;
  const { stdout, stderr, signal } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
    timeout: 240_000,
  });
  assert.deepEqual([stdout, stderr, signal], ['changed\n', '', null]);
});

test('a directory of very many crate files takes no memory for them', (t) => {
  const root = temporary(t);
  const long = 'a'.repeat(230);
  for (let i = 0; i < 40_000; i++) closeSync(openSync(join(root, '1', `${long}-1.0.${i}.crate`), 'w'));
  const module = new URL('./sidecar-tree.ts', import.meta.url).href;
  const program = `import { SidecarTree } from ${JSON.stringify(module)};
    console.log(String(new SidecarTree(${JSON.stringify(root)}).has('1', ${JSON.stringify(NAME)})));`;
  const { stdout, signal } = spawnSync(
    process.execPath,
    ['--max-old-space-size=16', '--input-type=module', '--eval', program],
    { encoding: 'utf8' },
  );
  assert.deepEqual([stdout, signal], ['false\n', null]);
});

test('a new directory appears with all that is in it, in one that is there or not', (t) => {
  const root = temporary(t);
  const tree = new SidecarTree(root);
  for (const directory of ['1/x', 'se/rd', 'se/rv', '.', 'se'])
    assert.equal(tree.put(directory, NAME, sidecar), 'fresh', directory);
  assert.deepEqual([readdirSync(join(root, '1')).length, existsSync(join(root, 'se'))], [1, false]);
  assert.equal(tree.has('se/rd', NAME), false);
  tree.flush();
  const expected = ['1/x', 'se', 'se/rd', 'se/rv'].map((directory) => `${directory}/${NAME}`);
  assert.deepEqual(filesIn(root), [NAME, ...expected].sort());
  assert.equal(tree.put('se/rd', NAME, sidecar), 'unchanged');
  assert.equal(tree.put('se/rx', NAME, sidecar), 'fresh');
  tree.flush();
  assert.equal(readFileSync(join(root, 'se/rx', NAME), 'utf8'), '{}\n');
});

test('lanes that make the same directories bring all of theirs into them', (t) => {
  const root = temporary(t);
  const lanes = ['a', 'b', 'c'].map((name) => ({ name, tree: new SidecarTree(root) }));
  const put = (directories: string[]): void => {
    for (const { name, tree } of lanes)
      for (const directory of directories)
        assert.equal(tree.put(directory, `${name}.crate.json`, sidecar), 'fresh');
  };
  put(['se/rd', 'se/rv']);
  for (const { tree } of [...lanes].reverse()) tree.flush();
  put(['se/rx']);
  for (const { tree } of lanes) tree.flush();
  const files = ['se/rd', 'se/rv', 'se/rx'].flatMap((directory) =>
    lanes.map(({ name }) => `${directory}/${name}.crate.json`),
  );
  assert.deepEqual(filesIn(root), files);
});

test('more directories than are held in memory', (t) => {
  const root = temporary(t);
  const tree = new SidecarTree(root);
  const paths = Array.from({ length: 3000 }, (_, i) => `${i % 2}/${i}`);
  for (const again of ['fresh', 'unchanged']) {
    for (const path of paths) assert.equal(tree.put(path, NAME, sidecar), again, path);
    tree.flush();
  }
  assert.deepEqual(filesIn(root), paths.map((path) => `${path}/${NAME}`).sort());
});

test('a directory that cannot get its name keeps no other from it', (t) => {
  const root = temporary(t);
  const tree = new SidecarTree(root);
  for (const directory of ['aa', 'bb', 'cc']) tree.put(directory, NAME, sidecar);
  writeFileSync(join(root, 'aa'), 'in the way');
  assert.throws(() => tree.flush(), /ENOTDIR/);
  assert.deepEqual(
    readdirSync(root).filter((name) => /^..$/.test(name)),
    ['aa', 'bb', 'cc'],
  );
});

test('of a directory that cannot be made, each sidecar says why', (t) => {
  const tree = new SidecarTree(temporary(t));
  for (const path of ['x'.repeat(300), `new/${'x'.repeat(300)}`])
    for (let i = 0; i < 2; i++)
      assert.throws(() => tree.put(path, NAME, sidecar), /ENAMETOOLONG: name too long, mkdir/);
});

/** Paths of files below a directory, sorted. */
function filesIn(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

test('a version that differs from another in case alone does not replace its sidecar where the two are one file', (t) => {
  const root = temporary(t);
  const list = (): string[] => ['a-1.0.0-rc1.crate.json'];
  const names = new ExactNames('/m/.crates-mirror', { exists: () => true, list });
  const tree = new SidecarTree(root, names);
  tree.put('1', 'a-1.0.0-rc1.crate.json', sidecar);
  assert.throws(() => tree.put('1', 'a-1.0.0-RC1.crate.json', sidecar), { code: 'case_collision' });
  tree.flush();
  assert.deepEqual(readdirSync(join(root, '1')), ['a-1.0.0-rc1.crate.json']);
});
