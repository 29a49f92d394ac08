import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { indexPath } from '@crates-mirror/crates-index';
import { LiveSelection } from './live-selection.ts';
import { NO_RULES } from './rules.ts';
import { crateOf, lineOf } from './test-crates.ts';

test('a selection that is gone by for long is made anew beside, and stays what it was where that fails', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'live-selection-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const name of ['aaaa', 'bbbb']) {
    const file = join(root, 'index', indexPath(name));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, lineOf(name, { vers: '1.0.0' }));
  }
  writeFileSync(join(root, 'index/config.json'), '{}');
  const list = join(root, 'names');
  writeFileSync(list, 'aaaa\n');
  const notes: string[] = [];
  const rules = { ...NO_RULES, names: [list] };
  const live = await LiveSelection.open(
    { indexDir: join(root, 'index'), rules },
    (note) => notes.push(note),
    0,
  );
  const isServed = (name: string): boolean => live.current()(crateOf(name, ['1.0.0'])).length === 1;
  const first = live.data;
  assert.deepEqual([isServed('aaaa'), isServed('bbbb')], [true, false]);
  writeFileSync(list, 'bbbb\n');
  while (live.data === first || isServed('aaaa')) await sleep(5);
  assert.ok(isServed('bbbb'));
  assert.deepEqual(notes, []);
  rmSync(list);
  while (notes.length === 0) {
    assert.ok(isServed('bbbb'));
    await sleep(5);
  }
  assert.match(
    notes[0] ?? '',
    /^the selection stays as it was, since it cannot be made anew: --names: cannot read /,
  );
});
