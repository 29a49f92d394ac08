import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { type IndexPiece, IndexPlan } from './index.ts';

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
    all(new IndexPlan({ directory, includeYanked, limit, onProblem: () => {} })).map(({ files, most }) => [
      files.join(' '),
      most,
    ]);
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

test('the index files are counted for an estimate', async () => {
  indexOf({ aaaa: [['1.0.0', false]], bbbb: [['1.0.0', false]] });
  const plan = new IndexPlan({ directory, includeYanked: false, limit: 0, onProblem: () => {} });
  assert.equal(plan.units, undefined);
  await plan.countUnits(new AbortController().signal);
  assert.equal(plan.units, 2);
});
