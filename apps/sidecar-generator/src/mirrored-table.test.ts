import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MirroredTable } from './mirrored-table.ts';

const at = (second: number): number => Date.UTC(2026, 0, 1, 0, 0, second);
const loose = (size: number, timeMs: number) => ({ storage: 'filesystem' as const, bundle: 0, size, timeMs });

test('the last record gives the held file, the download when it was mirrored', () => {
  const table = new MirroredTable();
  table.set('a', loose(1, at(1)), true);
  table.set('a', loose(1, at(2)), false);
  table.set('b', loose(2, at(3)), false);
  table.set('c', loose(3, at(4)), true);
  table.set('c', undefined, false);
  table.set('d', { storage: 'bundle', bundle: 12, size: 2 ** 40, timeMs: at(5) }, true);
  const shared = new MirroredTable(table.memory);
  assert.deepEqual(shared.get('a'), {
    storage: 'filesystem',
    bundle: undefined,
    size: 1,
    mirroredAt: '2026-01-01T00:00:01.000Z',
  });
  assert.equal(shared.get('b')?.mirroredAt, '2026-01-01T00:00:03.000Z');
  assert.equal(shared.get('c'), undefined);
  assert.deepEqual(
    ['a', 'c', 'e'].map((path) => shared.has(path)),
    [true, true, false],
  );
  assert.deepEqual(shared.get('d'), {
    storage: 'bundle',
    bundle: 'bundle-0012',
    size: 2 ** 40,
    mirroredAt: '2026-01-01T00:00:05.000Z',
  });
  assert.equal(shared.get('e'), undefined);
});

test('a table grows with its entries', () => {
  const table = new MirroredTable();
  for (let i = 0; i < 20_000; i++) table.set(`cr/at/crate-${i}.crate`, loose(i, at(i % 60)), true);
  for (let i = 0; i < 20_000; i++) assert.equal(table.get(`cr/at/crate-${i}.crate`)?.size, i);
  assert.equal(table.get('cr/at/crate-20000.crate'), undefined);
});

test('an unknown storage is refused, and known records stay', () => {
  const table = new MirroredTable();
  table.set('a', loose(1, at(1)), true);
  assert.throws(() => table.set('a', { ...loose(1, at(2)), storage: 'tape' as 'bundle' }, true), TypeError);
  assert.equal(table.get('a')?.size, 1);
});
