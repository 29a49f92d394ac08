import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { FatalError } from '@crates-mirror/errors';
import type { IndexRoot } from '../index-root.ts';
import { DirectoryDataSet } from './directory-data-set.ts';

const THERE = { check: () => {} } as unknown as IndexRoot;
const GONE = {
  check: () => {
    throw new FatalError('index_gone', 'pruning stopped');
  },
} as unknown as IndexRoot;

function scratch(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'data-set-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

test('a directory is one run’s at a time, and of a killed run nothing is left', async (t) => {
  const directory = join(scratch(t), 'new/data-set');
  assert.throws(() => DirectoryDataSet.open(directory, true), /there is no data set in /);
  assert.ok(!existsSync(directory));
  const first = DirectoryDataSet.open(directory);
  assert.throws(() => DirectoryDataSet.open(directory), /another run \(process \d+ on .*\) is writing/);
  await first.release();
  writeFileSync(join(directory, 'tmp-zzzzz-0-1.partial'), 'of a killed run');
  await DirectoryDataSet.open(directory, true).release();
  assert.deepEqual(readdirSync(directory), ['data-set.json']);
});

test('Parquet files of others are not replaced, nor what a later version has made', (t) => {
  const directory = scratch(t);
  writeFileSync(join(directory, 'sales.parquet'), '');
  assert.throws(
    () => DirectoryDataSet.open(directory),
    /has sales\.parquet, and is no data set of this tool/,
  );
  for (const marker of ['{"format_version":2}', '{}', 'x']) {
    writeFileSync(join(directory, 'data-set.json'), marker);
    assert.throws(() => DirectoryDataSet.open(directory), /is of another version of this tool, or damaged/);
  }
  assert.deepEqual(readdirSync(directory).sort(), ['data-set.json', 'sales.parquet']);
});

test('what a run has found no row for is removed when asked, and nothing that is no partition', async (t) => {
  const directory = scratch(t);
  const dataSet = DirectoryDataSet.open(directory);
  t.after(() => dataSet.release());
  for (const name of ['se.parquet', '3.parquet', 'zz.parquet', 'sales.parquet', 'zz.txt'])
    writeFileSync(join(directory, name), '');
  await dataSet.add([
    ['se', 'written'],
    ['3', 'kept'],
  ]);
  const stale = dataSet.stale();
  assert.deepEqual(stale, ['zz']);
  const { signal } = new AbortController();
  await assert.rejects(dataSet.prune(stale, { index: GONE, yes: true, signal }), /pruning stopped/);
  assert.ok(existsSync(join(directory, 'zz.parquet')));
  assert.equal(await dataSet.prune(stale, { index: THERE, yes: true, signal: AbortSignal.abort() }), 0);
  assert.equal(await dataSet.prune(stale, { index: THERE, yes: true, signal }), 1);
  assert.deepEqual(
    readdirSync(directory).filter((name) => name.startsWith('z') || name.startsWith('sa')),
    ['sales.parquet', 'zz.txt'],
  );
});

test('what could not be listed is reported with the pieces of its shard', (t) => {
  const dataSet = DirectoryDataSet.open(scratch(t));
  t.after(() => dataSet.release());
  dataSet.noteProblem({ file: 'se/rd', line: 0, message: 'cannot be read' });
  dataSet.noteProblem({ file: 'ab/cd/abcd', line: 7, message: 'not JSON' });
  dataSet.noteProblem({ file: '3', line: 0, message: 'cannot be read' });
  const files = ['3/a/abc', 'ab/cd/abcd', 'se/a_/sea_'];
  assert.deepEqual(dataSet.pieceOf({ kind: 'index', files, most: undefined }).unreadable, ['3', 'se']);
});
