import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import fc from 'fast-check';
import {
  DirectorySource,
  type IndexPiece,
  IndexPlan,
  type IndexProblem,
  isIndexFilePath,
  readCrateList,
} from './index.ts';

const A = 'a'.repeat(64);
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'index-plan-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function put(name: string, content: string): void {
  const path = join(directory, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

function all(plan: IndexPlan): IndexPiece[] {
  const pieces: IndexPiece[] = [];
  for (let next = plan.next(); next !== undefined; next = plan.next()) pieces.push(next);
  return pieces;
}

function indexOf(counts: Record<string, [string, boolean][]>): void {
  put('config.json', '{}');
  for (const [name, versions] of Object.entries(counts)) {
    const lines = versions.map(([vers, yanked]) => JSON.stringify({ name, vers, cksum: A, yanked }));
    put(`${name.slice(0, 2)}/${name.slice(2, 4)}/${name}`, `${lines.join('\n')}\n`);
  }
}

test('a limit counts crate files as they would be mirrored, in path order', () => {
  indexOf({
    aaaa: [
      ['1.0.0', false],
      ['1.0.0', false],
      ['1.0.1', true],
    ],
    aabb: [
      ['1.0.0', false],
      ['1.0.1', false],
      ['1.0.2', false],
    ],
    zzzz: [['1.0.0', false]],
  });
  const plan = (limit: number, includeYanked = false) =>
    all(
      new IndexPlan({ source: new DirectorySource(directory), includeYanked, limit, onProblem: () => {} }),
    ).map(({ files, most }) => [files.join(' '), most]);
  assert.deepEqual(plan(0), [
    ['aa/aa/aaaa aa/bb/aabb', undefined],
    ['zz/zz/zzzz', undefined],
  ]);
  assert.deepEqual(plan(1), [['aa/aa/aaaa', undefined]]);
  assert.deepEqual(plan(3), [
    ['aa/aa/aaaa', undefined],
    ['aa/bb/aabb', 2],
  ]);
  assert.deepEqual(plan(3, true), [
    ['aa/aa/aaaa', undefined],
    ['aa/bb/aabb', 1],
  ]);
  assert.deepEqual(plan(99), plan(0));
});

test('small shards come together in a piece, but not those of a small index', () => {
  const files = (count: number, first: string) => Array.from({ length: count }, (_, i) => `${first}${i}aaa`);
  const names = [...files(16, 'a'), ...files(1, 'b'), ...files(1, 'c'), ...files(2, 'd'), ...files(1, 'e')];
  indexOf(Object.fromEntries(names.map((name) => [name, [['1.0.0', false]]])));
  const plan = new IndexPlan({
    source: new DirectorySource(directory),
    includeYanked: false,
    limit: 0,
    onProblem: () => {},
  });
  assert.deepEqual(
    all(plan).map((piece) => piece.files.map((file) => file.slice(0, 2)).join(' ')),
    ['a0', 'a1 a1 a1 a1 a1 a1 a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7', 'a8', 'a9', 'b0 c0', 'd0 d1', 'e0'],
  );
});

test('the index files are counted for an estimate', async () => {
  indexOf({ aaaa: [['1.0.0', false]], bbbb: [['1.0.0', false]] });
  const plan = new IndexPlan({
    source: new DirectorySource(directory),
    includeYanked: false,
    limit: 0,
    onProblem: () => {},
  });
  assert.equal(plan.units, undefined);
  await plan.countUnits(new AbortController().signal);
  assert.equal(plan.units, 2);
});

test('a list serves its files alone, as the walk would, and mentions those it cannot', () => {
  indexOf({ aaaa: [['1.0.0', false]], aabb: [['1.0.0', false]], zzzz: [['1.0.0', false]] });
  symlinkSync('/etc', join(directory, 'li'));
  symlinkSync(join(directory, 'aa/aa/aaaa'), join(directory, 'aa/bb/link'));
  const files = ['aa/aa/aaaa', 'aa/bb', 'aa/bb/gone', 'aa/bb/link', 'li/hostname', 'zz/zz/zzzz'];
  const problems: IndexProblem[] = [];
  const onProblem = (problem: IndexProblem) => problems.push(problem);
  const plan = new IndexPlan({
    source: new DirectorySource(directory),
    includeYanked: false,
    limit: 0,
    files,
    onProblem,
  });
  assert.deepEqual(
    all(plan).map((piece) => piece.files),
    [['aa/aa/aaaa'], ['zz/zz/zzzz']],
  );
  assert.deepEqual(
    problems.map(({ file, message }) => `${file}: ${message}`),
    [
      'aa/bb: not a regular file, passed over',
      'aa/bb/gone: the index has no such file',
      'aa/bb/link: not a regular file, passed over',
      'li/hostname: not a regular file, passed over',
    ],
  );
});

test('a list of crates is names or index paths, each once and in path order', () => {
  const file = join(directory, 'list');
  const problems: string[] = [];
  const list = (text: string) => {
    put('list', text);
    problems.length = 0;
    return readCrateList(file, '--only-crates', ({ file: word, message }) => {
      problems.push(`${word}: ${message}`);
    });
  };
  assert.deepEqual(
    list('# mine\n\nserde # from se/rd\nSerde\tfailed\nse/rd/serde\r\nse/rd-/x\na\nzz/odd.name/x\n'),
    ['1/a', 'se/rd/serde', 'se/rd-/x', 'zz/odd.name/x'],
  );
  assert.deepEqual(list(''), []);
  for (const line of [
    '../../etc/passwd',
    '/etc/passwd',
    'se/../x',
    'se//x',
    '.git/x',
    'a b',
    'config.json',
  ]) {
    assert.deepEqual(list(`serde\n${line}\n`), ['se/rd/serde'], 'one line costs no other');
    assert.deepEqual(problems, [`${line}: names no crate, in ${file}:2`]);
    assert.throws(() => list(`\n${line}\n`), {
      message: `--only-crates: '${line}' names no crate, in ${file}:2`,
    });
  }
  list(`serde\n${'a b\n'.repeat(5000)}`);
  assert.deepEqual(
    [problems.length, problems.at(-1)],
    [101, `${file}: 4900 further lines name no crate either`],
  );
  const none = join(directory, 'none');
  assert.throws(
    () => readCrateList(none, '--only-crates', () => {}),
    /cannot read .*: there is no such file/,
  );
});

test('a listed path is one that a walk would yield', () => {
  const part = fc.stringMatching(/^[a-z0-9._/\\-]{0,6}$/);
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
      const path = parts.join('/');
      if (!isIndexFilePath(path)) return;
      assert.ok(join('/root', path).startsWith('/root/') && join('/', path) === `/${path}`, path);
    }),
  );
});

test('a whole shard is in one piece, of a list of index files too, and small ones come together', () => {
  const counts: Record<string, [string, boolean][]> = {};
  for (let i = 0; i < 300; i++) {
    counts[`ab${i % 26}x-${i}`] = [['1.0.0', false]];
    if (i % 10 === 0) counts[`cd${i}x`] = [['1.0.0', false]];
    if (i % 100 === 0) counts[`ef${i}x`] = [['1.0.0', false]];
  }
  indexOf(counts);
  const source = new DirectorySource(directory);
  const shape = { source, includeYanked: true, limit: 0, areShardsWhole: true, onProblem: () => {} };
  const pieces = all(new IndexPlan(shape)).map(({ files }) => files);
  assert.deepEqual(
    pieces.map((files) => [new Set(files.map((file) => file.slice(0, 2))).size, files.length]),
    [
      [1, 300],
      [2, 33],
    ],
  );
  assert.deepEqual(
    all(new IndexPlan({ ...shape, files: pieces.flat() })).map(({ files }) => files),
    pieces,
  );
});
