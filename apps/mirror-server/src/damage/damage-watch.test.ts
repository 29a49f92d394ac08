import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LoosePlace, WantedFile } from '@crates-mirror/crate-files';
import type { IndexedFile } from '@crates-mirror/sparse-index';
import { describeCounts } from './damage-counts.ts';
import { DamageLog } from './damage-log.ts';
import { DamageWatch } from './damage-watch.ts';

const PLACE: LoosePlace = { kind: 'loose', path: 'm/x.crate', size: 0, mtimeMs: 0 };

function file(name: string, version: string): WantedFile {
  return { name, version, sha256: `${name}${version}` };
}

function state(wanted: WantedFile, isDamaged: boolean): IndexedFile {
  const result = isDamaged
    ? ({ kind: 'damaged', places: [PLACE] } as const)
    : ({ kind: 'held', place: PLACE } as const);
  return { wanted, result };
}

test('a damaged file counts until it is whole or out of the index, also while its state is unknown', async (t) => {
  let changes = 0;
  const reports: string[] = [];
  const index = new Map<string, readonly IndexedFile[] | undefined>();
  const watch = new DamageWatch(
    ({ name, version }) => reports.push(`${name} ${version}`),
    () => {
      changes += 1;
    },
  );
  t.after(() => watch.close());
  watch.start({
    look: async (name) => {
      const files = index.get(name);
      if (files === undefined) throw new Error('cannot be read now');
      return files;
    },
  });
  const [one, two, other] = [file('a', '1'), file('a', '2'), file('b', '1')];
  for (const wanted of [one, two, other]) watch.onDamage(wanted, PLACE);
  assert.deepEqual(reports, ['a 1', 'a 2', 'b 1']);
  assert.deepEqual([watch.count, watch.checksums, changes], [3, ['a1', 'a2', 'b1'], 3]);

  await watch.examine(['a', 'b']);
  assert.deepEqual([watch.count, changes], [3, 3], 'nobody can tell');
  index.set('a', [state(one, true), state(two, false)]);
  await watch.examine(['a', 'b']);
  assert.deepEqual([watch.count, watch.checksums, changes], [2, ['a1', 'b1'], 4]);
  index.set('a', []);
  index.set('b', [state(other, false)]);
  await watch.examine(['a', 'b', 'b']);
  assert.deepEqual([watch.count, watch.checksums, changes], [0, [], 6]);

  // Damage that a count finds, not a request.
  index.set('c', [state(file('c', '1'), true)]);
  await watch.examine(['c']);
  assert.deepEqual([watch.count, changes], [1, 7]);
});

test('a disk full of damage is fifty warnings an hour, and one that says so', (t) => {
  let passed = 0;
  t.mock.method(performance, 'now', () => passed);
  const lines: [string, string][] = [];
  const log = new DamageLog({
    warn: (text: string) => lines.push(['warn', text]),
    debug: (text: string) => lines.push(['debug', text]),
  });
  const count = (level: string): number => lines.filter(([one]) => one === level).length;
  for (let i = 0; i < 1000; i++) log.tell(file('a', `${i}`), PLACE);
  assert.deepEqual([count('warn'), count('debug')], [51, 950]);
  assert.equal(
    lines[0]?.[1],
    'a 0 is damaged in m/x.crate, and not served from there until that is put right',
  );
  assert.match(lines[50]?.[1] ?? '', /^more damaged crate files are logged at level debug/);
  passed = 3_600_001;
  log.tell(file('a', 'later'), PLACE);
  assert.equal(count('warn'), 52);
});

test('damage in a line', () => {
  assert.equal(describeCounts({ damaged: 0, lost: 0 }), undefined);
  assert.equal(describeCounts({ damaged: 1, lost: 0 }), '1 crate file damaged');
  assert.equal(describeCounts({ damaged: 0, lost: 1234 }), '1,234 crate files lost');
  assert.equal(describeCounts({ damaged: 2, lost: 1 }), '2 crate files damaged, 1 crate file lost');
});
