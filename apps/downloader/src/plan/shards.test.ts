import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { indexPath } from '@crates-mirror/crates-index';
import { isInShard } from '@crates-mirror/layout/crates-of-shard';
import type { RunShard } from '@crates-mirror/layout/run-shard';
import { NO_RULES } from '@crates-mirror/selection/options';
import { openPlan } from './open-plan.ts';

const NAMES = Array.from({ length: 40 }, (_, i) => `crate-${i}`);

function scratch(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), 'plan-shards-'));
  t.after(() => rmSync(root, { recursive: true }));
  return root;
}

test('the shards of an index have each crate once, also of a list of crates', async (t) => {
  const directory = scratch(t);
  writeFileSync(join(directory, 'config.json'), '{}');
  for (const name of NAMES) {
    const path = join(directory, indexPath(name));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '');
  }
  const only = join(scratch(t), 'only');
  writeFileSync(only, `${NAMES.slice(0, 20).join('\n')}\n`);
  const filesOf = async (shard: RunShard | undefined, list?: string): Promise<string[]> => {
    const source = { kind: 'index', directory, rules: NO_RULES, only: list } as const;
    const { plan } = await openPlan({ source, limit: 0, out: 'out', scrub: undefined, shard }, () => {});
    const files: string[] = [];
    for (let work = plan.next(); work !== undefined; work = plan.next())
      if (work.kind === 'index') files.push(...work.files);
    return files;
  };
  for (const list of [undefined, only]) {
    const parts = await Promise.all([1, 2, 3].map((number) => filesOf({ number, count: 3 }, list)));
    assert.ok(parts.every((part) => part.length > 0));
    assert.deepEqual(parts.flat().sort(), (await filesOf(undefined, list)).sort());
  }
});

test('the shards of a list of URLs have each crate once, and repetitions are seen in their shard', async (t) => {
  const file = join(scratch(t), 'list');
  const lines = NAMES.map((name) => `https://x.example/${name}/${name}-1.0.0.crate`);
  writeFileSync(file, `${[...lines, lines[0]].join('\n')}\n`);
  const found: string[] = [];
  for (const number of [1, 2]) {
    const shard = { number, count: 2 };
    const options = {
      source: { kind: 'list', file },
      limit: 0,
      out: 'out',
      scrub: undefined,
      shard,
    } as const;
    const { plan } = await openPlan(options, () => {});
    for (let work = plan.next(); work !== undefined; work = plan.next())
      if (work.kind === 'list') for (const { name } of work.lines) found.push(name);
    assert.equal(plan.total, NAMES.filter((name) => isInShard(name, shard)).length);
  }
  assert.deepEqual(found.sort(), [...NAMES].sort());
});
