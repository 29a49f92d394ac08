import assert from 'node:assert/strict';
import fs, {
  appendFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { toBytePath } from '../byte-path.ts';
import { FileSource } from './file-source.ts';
import { TreePaths } from './tree-paths.ts';
import { walk } from './walk.ts';

const SIZE = 10;

/** Reads half of a file of ten bytes, performs an action on it, and reads the rest. */
function readWhile(
  t: TestContext,
  change: (path: string) => void,
): { content: string; problem: string | undefined } {
  const directory = mkdtempSync(join(tmpdir(), 'file-source-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'file');
  writeFileSync(path, '0123456789');
  const source = new FileSource(toBytePath(path), lstatSync(path, { bigint: true }));
  const content = Buffer.alloc(SIZE, '?');
  source.fill(content.subarray(0, 4));
  change(path);
  source.fill(content.subarray(4));
  return { content: content.toString('latin1'), problem: source.close() };
}

test('a file that stays as it is', (t) => {
  assert.deepEqual(
    readWhile(t, () => {}),
    { content: '0123456789', problem: undefined },
  );
});

test('a file that changes while it is read is reported, and takes the room it was to have', (t) => {
  const changed = 'changed while it was read';
  const table: [string, (path: string) => void, string, string][] = [
    ['grows', (path) => appendFileSync(path, 'more'), '0123456789', changed],
    [
      'shrinks',
      (path) => truncateSync(path, 6),
      '012345\0\0\0\0',
      'became shorter while it was read; zeros stand for the missing bytes',
    ],
    ['is written', (path) => writeFileSync(path, 'abcdefghij'), '0123efghij', changed],
    ['is touched', (path) => utimesSync(path, 1, 1), '0123456789', changed],
    ['is moved', (path) => renameSync(path, `${path}2`), '0123456789', changed],
  ];
  for (const [name, change, content, problem] of table)
    assert.deepEqual(readWhile(t, change), { content, problem }, name);
});

test('a file that is said to be empty and is not, as those of /proc, is reported', (t) => {
  const path = '/proc/self/status';
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (stats?.size !== 0n) return t.skip('there is no such file here');
  const source = new FileSource(toBytePath(path), stats);
  source.fill(Buffer.alloc(0));
  assert.match(String(source.close()), /^has content, though its size is 0/);
  const directory = mkdtempSync(join(tmpdir(), 'file-source-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const empty = join(directory, 'empty');
  writeFileSync(empty, '');
  assert.equal(new FileSource(toBytePath(empty), lstatSync(empty, { bigint: true })).close(), undefined);
});

test('what has become something else before it is opened', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'file-source-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'file');
  writeFileSync(path, '0123456789');
  const stats = lstatSync(path, { bigint: true });
  rmSync(path);
  symlinkSync('/etc/passwd', path);
  assert.throws(() => new FileSource(toBytePath(path), stats), { code: 'ELOOP' });
  rmSync(path);
  writeFileSync(path, 'other file');
  const source = new FileSource(toBytePath(path), stats);
  source.fill(Buffer.alloc(SIZE));
  assert.equal(source.close(), 'changed while it was read');
});

test('a file that a network file system has lost meanwhile is reported, and leaves nothing open', (t) => {
  // Node's error for ESTALE.
  const stale = Object.assign(new Error('Unknown system error -116: Unknown system error -116, fstat'), {
    syscall: 'fstat',
  });
  const lose = (): void => {
    t.mock.method(fs, 'fstatSync', () => {
      throw stale;
    });
    syncBuiltinESMExports();
  };
  const find = (): void => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  };
  t.after(find);
  assert.deepEqual(readWhile(t, lose), {
    content: '0123456789',
    problem: 'Unknown system error -116; it may have changed while it was read',
  });
  const closed = t.mock.method(fs, 'closeSync');
  syncBuiltinESMExports();
  const path = toBytePath(import.meta.filename);
  assert.throws(() => new FileSource(path, fs.lstatSync(path, { bigint: true })), stale);
  assert.equal(closed.mock.callCount(), 1);
});

test('a walk goes depth first by the bytes of names, and follows no link', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'walk-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const name of ['b', 'B', 'a-', 'é', 'z']) writeFileSync(join(root, name), '');
  writeFileSync(Buffer.from(`${root}/\xff`, 'latin1'), '');
  symlinkSync('.', join(root, 'loop'));
  for (const path of ['a/x', 'a/y/z']) {
    const parent = join(root, path, '..');
    mkdirSync(parent, { recursive: true });
    writeFileSync(join(root, path), '');
  }
  const look = (isLeftOut: (path: string) => boolean): string[] =>
    [...walk(new TreePaths(toBytePath(root)), isLeftOut)].map(({ kind, path }) => `${kind} ${path}`);
  const seen = look(() => false);
  assert.deepEqual(seen, [
    'file B',
    'directory a',
    'file a/x',
    'directory a/y',
    'file a/y/z',
    'file a-',
    'file b',
    'symlink loop',
    'file z',
    `file ${toBytePath('é')}`,
    'file \xff',
  ]);
  const asked: string[] = [];
  const rest = look((path) => {
    asked.push(path);
    return path === 'a' || path === 'z';
  });
  assert.deepEqual(
    rest,
    seen.filter((line) => !/ (a|z|a\/.*)$/.test(line)),
  );
  assert.ok(!asked.some((path) => path.startsWith('a/')));
});

test('a directory that becomes a link while it is walked ends the walk', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'walk-'));
  t.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'd'));
  for (const name of ['d/1', 'd/2', 'e']) writeFileSync(join(root, name), '');
  const replace = (): void => {
    for (const { path } of walk(new TreePaths(toBytePath(root)), () => false)) {
      if (path !== 'd/1') continue;
      renameSync(join(root, 'd'), join(root, 'moved'));
      symlinkSync('/', join(root, 'd'));
    }
  };
  assert.throws(replace, { code: 'directory_replaced', message: 'd became a link while it was read' });
});
