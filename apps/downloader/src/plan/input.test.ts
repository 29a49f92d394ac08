import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { ChecksumTable } from './checksum-table.ts';
import { checksumKey, loadChecksums } from './checksums-file.ts';
import { ListPlan } from './list-plan.ts';
import type { InputProblem, Plan, Work } from './work.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'input-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function put(name: string, content: string | Buffer): string {
  const path = join(directory, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

function all(plan: Plan): Work[] {
  const work: Work[] = [];
  for (let next = plan.next(); next !== undefined; next = plan.next()) work.push(next);
  return work;
}

test('a checksum table gives back what was put in, also to another thread', () => {
  const table = new ChecksumTable();
  const urls = Array.from({ length: 5000 }, (_, i) => `https://x.example/crates/c/c-1.0.${i}.crate`);
  for (const [i, url] of urls.entries()) table.set(url, i.toString(16).padStart(64, '0'));
  table.set(urls[7] as string, B);
  const shared = new ChecksumTable(table.memory);
  for (const [i, url] of urls.entries())
    assert.equal(shared.get(url), i === 7 ? B : i.toString(16).padStart(64, '0'));
  assert.equal(shared.get('https://x.example/other'), undefined);
});

test('a checksums file is JSONL, or named with its wrong line', () => {
  const good = put('good', `\ufeff{"url":"https://x.example/a+b","sha256":"${A.toUpperCase()}"}\r\n\r\n`);
  assert.equal(loadChecksums(good).get('https://x.example/a%2Bb'), A);
  for (const plus of ['+', '%2B', '%2b'])
    assert.equal(checksumKey(new URL(`https://x.example/a${plus}b`)), 'https://x.example/a%2Bb');
  const bad = [
    'nonsense',
    '{}',
    `{"url":"x","sha256":"${A}"}`,
    '{"url":"https://x.example/","sha256":"12"}',
    'null',
    '7',
  ];
  for (const line of bad) {
    const path = put('bad', `{"url":"https://x.example/","sha256":"${A}"}\n${line}\n`);
    assert.throws(() => loadChecksums(path), { message: `--checksums: ${path}:2 is not a checksum` });
  }
  assert.throws(() => loadChecksums(join(directory, 'missing')), /cannot read .*: there is no such file/);
});

const urlOf = (name: string): string => `https://x.example/${name}-1.0.0.crate`;

test('a list that has gone since it was counted is named', () => {
  const path = put('list', urlOf('a'));
  const plan = new ListPlan({ file: path, limit: 0, onProblem: () => assert.fail() });
  rmSync(path);
  assert.throws(() => plan.next(), {
    code: 'ENOENT',
    message: `--list: cannot read ${path}: there is no such file or directory`,
    hint: 'Put it back and run again: files in place are not fetched again',
  });
});

test('a list’s blank lines and comments are passed over, over-long lines reported, the rest counted', () => {
  const path = put('list', `# urls\n\n  ${urlOf('a')}  \n${urlOf('b')}\n${'y'.repeat(9000)}\n${urlOf('c')}`);
  const problems: InputProblem[] = [];
  const plan = new ListPlan({ file: path, limit: 0, onProblem: (problem) => problems.push(problem) });
  assert.equal(plan.total, 3);
  assert.deepEqual(all(plan), [
    {
      kind: 'list',
      lines: [
        { number: 3, url: urlOf('a'), name: 'a', version: '1.0.0' },
        { number: 4, url: urlOf('b'), name: 'b', version: '1.0.0' },
        { number: 6, url: urlOf('c'), name: 'c', version: '1.0.0' },
      ],
    },
  ]);
  assert.deepEqual(problems, [{ file: path, line: 5, message: 'longer than 8192 bytes, passed over' }]);
  const limited = new ListPlan({ file: path, limit: 2, onProblem: () => {} });
  assert.equal(limited.total, 2);
  assert.deepEqual(
    all(limited).map((work) => (work.kind === 'list' ? work.lines.length : 0)),
    [2],
  );
});

test('a list’s lines that repeat a URL are passed over, other URLs for the same crate version reported', () => {
  const url = (host: string, version: string) => `https://${host}.example/crates/a/a-${version}.crate`;
  const path = put(
    'list',
    [
      url('x', '1.0.0'),
      `${url('x', '1.0.0')}#again`,
      url('x', '2.0.0'),
      url('y', '1.0.0'),
      'https://x.example/api/v1/crates/a/2.0.0/download',
      url('X', '1.0.0'),
      'no-URL',
    ].join('\n'),
  );
  const problems: InputProblem[] = [];
  const plan = new ListPlan({ file: path, limit: 0, onProblem: (problem) => problems.push(problem) });
  assert.equal(plan.total, 7);
  const [work] = all(plan);
  assert.ok(work?.kind === 'list');
  assert.deepEqual(
    work.lines.map(({ number }) => number),
    [1, 3],
  );
  const message = 'another URL above names the same crate version: https://';
  assert.deepEqual(
    problems.map((problem) => [problem.line, problem.message.slice(0, message.length)]),
    [
      [4, message],
      [5, message],
      [7, 'not a URL: no-URL'],
    ],
  );
  assert.equal(plan.total - problems.length, 2);
});

test('a list without a URL is refused', () => {
  const path = put('empty', '# nothing\n\n');
  assert.throws(() => new ListPlan({ file: path, limit: 0, onProblem: () => {} }), {
    message: `--list: ${path} holds no URL`,
  });
  assert.throws(
    () => new ListPlan({ file: directory, limit: 0, onProblem: () => {} }),
    /--list: cannot read .*: it is not a regular file$/,
  );
});
