import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { UsageError } from '@crates-mirror/errors';
import {
  DirectorySource,
  type IndexProblem,
  indexPath,
  indexPrefix,
  indexShard,
  openIndex,
  walkIndex,
} from './index.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'index-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), '');
}

test('paths by the length of the name, in lower case', () => {
  const cases: [string, string, string, string][] = [
    ['a', '1', '1/a', '1'],
    ['Ab', '2', '2/ab', '2'],
    ['abC', '3/a', '3/a/abc', '3'],
    ['Serde', 'Se/rd', 'se/rd/serde', 'se'],
    ['a-bc', 'a-/bc', 'a-/bc/a-bc', 'a-'],
  ];
  for (const [name, prefix, path, shard] of cases) {
    assert.deepEqual([indexPrefix(name), indexPath(name), indexShard(name)], [prefix, path, shard]);
  }
});

test('index files in path order, in batches of one shard each; everything else is passed over', () => {
  for (const path of ['se/rd/serde', 'se/rd/serde_json', 'se/lf/self', '1/a', '3/s/syn', 'a-/bc/a-bc'])
    put(path);
  for (const path of ['.git/HEAD', 'config.json', 'README.md', 'se/.DS_Store', '.github/x', 'LICENSE'])
    put(path);
  const problems: IndexProblem[] = [];
  const batches = [...walkIndex(new DirectorySource(root), 2, (problem) => problems.push(problem))];
  assert.deepEqual(batches, [
    { shard: '1', files: ['1/a'] },
    { shard: '3', files: ['3/s/syn'] },
    { shard: 'a-', files: ['a-/bc/a-bc'] },
    // A directory is not split for two more files.
    { shard: 'se', files: ['se/lf/self', 'se/rd/serde', 'se/rd/serde_json'] },
  ]);
  assert.deepEqual(problems, []);
});

test('a batch ends with a directory, or where that is too large', () => {
  for (let i = 0; i < 20; i++) put(`se/rd/serde-${String(i).padStart(2, '0')}`);
  put('se/lf/self');
  put('se/mv/semver');
  const sizes = (size: number): number[] =>
    [...walkIndex(new DirectorySource(root), size, () => {})].map(({ files }) => files.length);
  assert.deepEqual(sizes(1), [1, 1, 8, 8, 4]);
  assert.deepEqual(sizes(2), [2, 16, 4]);
  assert.deepEqual(sizes(3), [22]);
  const divided = [...walkIndex(new DirectorySource(root), 8, () => {}, 8)].map(({ files }) => files.length);
  assert.deepEqual(divided, [8, 8, 6]);
});

test('links are never followed, and what cannot be read is a problem, not an end', () => {
  put('se/rd/serde');
  put('zz/zz/zzzz');
  symlinkSync('/etc', join(root, 'se', 'link'));
  chmodSync(join(root, 'zz'), 0);
  const problems: IndexProblem[] = [];
  const files = [...walkIndex(new DirectorySource(root), 10, (problem) => problems.push(problem))].flatMap(
    (batch) => batch.files,
  );
  chmodSync(join(root, 'zz'), 0o755);
  assert.ok(files.includes('se/rd/serde'));
  assert.deepEqual(problems[0], { file: 'se/link', line: 0, message: 'not a regular file, passed over' });
  // root reads every directory whatever its mode
  if (process.getuid?.() !== 0) assert.match(problems[1]?.message ?? '', /^cannot be read: EACCES/);
});

test('a directory in the place of an index file is a problem, not a crate that has gone', () => {
  for (const path of ['se/rd/serde_json', 'se/rd/serde/x', '1/a/b']) put(path);
  const problems: IndexProblem[] = [];
  const batches = [...walkIndex(new DirectorySource(root), 10, (problem) => problems.push(problem))];
  assert.deepEqual(batches, [{ shard: 'se', files: ['se/rd/serde_json'] }]);
  assert.deepEqual(
    problems.map(({ file }) => file),
    ['1/a', 'se/rd/serde'],
  );
});

test('an index that cannot be listed any more is reported by its own path', () => {
  const gone = join(root, 'gone');
  const problems: IndexProblem[] = [];
  assert.deepEqual([...walkIndex(new DirectorySource(gone), 10, (problem) => problems.push(problem))], []);
  const [{ file, isDirectory, message } = {}] = problems as Partial<IndexProblem>[];
  assert.deepEqual([file, isDirectory], [gone, true]);
  assert.match(message ?? '', /^cannot be read: ENOENT/);
});

test('what cannot be an index is refused with one line', async () => {
  put('file');
  put('bare/config.json');
  const cases: [string, RegExp][] = [
    [join(root, 'missing'), /no index at .*missing: there is no such directory$/],
    [join(root, 'file'), /no index at .*file: it is a file$/],
    [root, /no index at .*: it has no config\.json$/],
    [join(root, 'bare'), /no index at .*: it holds no crates$/],
  ];
  for (const [path, message] of cases) {
    await assert.rejects(openIndex(path), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, message);
      assert.match(error.hint ?? '', /clone of https/);
      return true;
    });
  }
});
