import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runTool, scratch, summary } from '../support/tools.ts';

/** Crate files of the sample. */
const FILES = 33;

test('shards fill one directory side by side; a run over all, and each shard again, find all in place', async (t) => {
  const cwd = scratch(t);
  const run = async (...more: string[]): Promise<Record<string, unknown>> => {
    const ended = await runTool(t, 'downloader', ['--sample', '--log-format', 'json', ...more], cwd);
    assert.equal(ended.code, 0, ended.stderr);
    return summary(ended);
  };
  const counts = async (status: string): Promise<number[]> => {
    const shards = await Promise.all([1, 2].map((number) => run('--shard', `${number}/2`)));
    return shards.map((shard) => Number(shard[status]));
  };
  const [one = 0, two = 0] = await counts('downloaded');
  assert.equal(one + two, FILES);
  assert.ok(one > 0 && two > 0);
  assert.equal(globSync('out/**/*.crate', { cwd }).length, FILES);
  const manifests = globSync('manifest.shard-*-of-2.*.jsonl', { cwd }).sort();
  const lines = manifests.map((path) => readFileSync(join(cwd, path), 'utf8').trimEnd().split('\n').length);
  assert.deepEqual(lines, [one, two]);
  assert.equal((await run())['existing'], FILES);
  assert.deepEqual(await counts('existing'), [one, two]);
});
