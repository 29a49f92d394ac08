import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cutPower, DiskHistory } from './power-cut.ts';

test('a power cut takes what no flush has made certain, and nothing else', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'power-cut-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = (name: string): string => join(directory, name);
  for (const name of ['flushed', 'more', 'moved', 'replaced']) writeFileSync(path(name), '0123456789');
  const history = new DiskHistory(
    [
      ['write', path('flushed'), 10],
      ['sync', path('flushed'), 10],
      ['write', path('more'), 4],
      ['sync', path('more'), 4],
      ['write', path('more'), 10],
      ['write', path('moved.tmp'), 10],
      ['rename', path('other.tmp'), path('replaced'), 1],
      ['rename', path('moved.tmp'), path('moved'), 0],
    ]
      .map((line) => line.join('\t'))
      .join('\n'),
  );
  assert.deepEqual(
    [...history.uncertain],
    [
      [path('more'), 4],
      [path('moved'), 0],
    ],
  );
  const before = statSync(path('more')).mtimeMs;
  // Always the other alternative, and the largest number.
  assert.deepEqual(
    cutPower(history, () => 0.999),
    { cut: 2, undone: 1 },
  );
  assert.equal(readFileSync(path('flushed'), 'utf8'), '0123456789');
  assert.equal(readFileSync(path('more'), 'utf8'), '012345678');
  assert.ok(Math.abs(statSync(path('more')).mtimeMs - before) < 2);
  assert.ok(existsSync(path('replaced')) && !existsSync(path('moved')) && existsSync(path('moved.tmp')));
});
