import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DirectorySource } from '../index.ts';
import { IndexPlan } from '../index-plan.ts';
import { countCrateFiles } from './count-crate-files.ts';
import { countLater } from './count-later.ts';

function makeIndex(t: { after(callback: () => void): void }): DirectorySource {
  const root = mkdtempSync(join(tmpdir(), 'count-later-'));
  t.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'cr/at'), { recursive: true });
  for (let i = 0; i < 50; i++) {
    const name = `crate-${i}`;
    const lines = ['1.0.0', '1.0.1'].map((vers, yanked) =>
      JSON.stringify({
        ...{ name, vers, deps: [], cksum: 'a'.repeat(64), features: {} },
        yanked: yanked === 1,
      }),
    );
    writeFileSync(join(root, 'cr/at', name), `${lines.join('\n')}\n`);
  }
  writeFileSync(join(root, 'cr/at/crate-odd'), 'nonsense\n');
  return new DirectorySource(root);
}

test('all crate files are counted, those of chosen crates, or as many as the limit allows', (t) => {
  const index = makeIndex(t);
  const count = (includeYanked: boolean, limit = 0, files?: string[]): number =>
    countCrateFiles(index, { includeYanked, limit, files });
  assert.deepEqual([count(true), count(false), count(true, 7), count(true, 700)], [100, 50, 7, 100]);
  assert.equal(count(true, 0, ['cr/at/crate-3', 'cr/at/crate-9', 'cr/at/gone']), 4);
  const all = { includeYanked: true, limit: 0, files: undefined };
  assert.equal(
    countCrateFiles(index, all, ({ entries }) => entries.slice(0, 1)),
    50,
  );
});

test('a total that is wanted is counted in a thread of its own, another one never', async (t) => {
  const source = makeIndex(t);
  const plan = new IndexPlan({ source, includeYanked: true, limit: 0, onProblem: () => {} });
  countLater(plan, false, () => assert.fail('nobody wants it'));
  const counted = Promise.withResolvers<number>();
  // The count itself does not keep a process alive.
  const alive = setInterval(() => {}, 1000);
  t.after(() => clearInterval(alive));
  const counting = countLater(plan, true, counted.resolve);
  assert.equal(await counted.promise, 100);
  counting.abort();
});
