import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { indexPath } from '@crates-mirror/crates-index';
import { Denylist, NOTHING_DENIED } from '@crates-mirror/denylist';
import { NO_RULES } from '../model/rules.ts';
import { crateOf, lineOf } from '../test-crates.ts';
import { LivePolicy } from './live-policy.ts';

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
  let denylist = NOTHING_DENIED;
  const live = await LivePolicy.open({
    indexDir: join(root, 'index'),
    rules: { ...NO_RULES, names: [list] },
    denials: { current: async () => denylist },
    onNote: (note) => notes.push(note),
    renewAfter: 0,
  });
  const isServed = async (name: string): Promise<boolean> =>
    (await live.current()).select(crateOf(name, ['1.0.0'])).length === 1;
  assert.deepEqual([await isServed('aaaa'), await isServed('bbbb')], [true, false]);
  writeFileSync(list, 'bbbb\n');
  while (await isServed('aaaa')) await sleep(5);
  assert.ok(await isServed('bbbb'));
  assert.deepEqual(notes, []);
  rmSync(list);
  while (notes.length === 0) {
    assert.ok(await isServed('bbbb'));
    await sleep(5);
  }
  assert.match(
    notes[0] ?? '',
    /^the selection stays as it was, since it cannot be made anew: --names: cannot read /,
  );
  denylist = new Denylist([{ crate: 'bbbb', versions: undefined, reason: 'malicious', since: undefined }]);
  assert.deepEqual([await isServed('aaaa'), await isServed('bbbb')], [false, false], 'at once');
});

test('without rules all is served that is not denied, and the policy is another one when the denylist is', async () => {
  let denylist = NOTHING_DENIED;
  const live = await LivePolicy.open({
    indexDir: 'not looked at',
    rules: undefined,
    denials: { current: async () => denylist },
    onNote: () => {},
  });
  const crate = crateOf('aaaa', ['1.0.0', { vers: '1.1.0', yanked: true }]);
  const before = await live.current();
  assert.equal(before.select(crate).length, 2);
  assert.equal(await live.current(), before);
  denylist = new Denylist([{ crate: 'aaaa', versions: '=1.0.0', reason: 'malicious', since: '2026-06-01' }]);
  const after = await live.current();
  assert.notEqual(after, before);
  assert.deepEqual(
    after.decide(crate).map(({ isSelected, because }) => [isSelected, because.rule]),
    [
      [false, 'denied'],
      [true, 'everything'],
    ],
  );
  assert.equal(after.denialOf('AAAA', '1.0.0')?.because.rule, 'denied');
  assert.deepEqual(
    [after.decideAbsent('aaaa', '1.0.0', true), after.decideAbsent('aaaa', '9.0.0', true)].map(
      ({ isSelected }) => isSelected,
    ),
    [false, true],
  );
});
