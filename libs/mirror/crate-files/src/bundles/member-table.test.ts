import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256Hex } from '@crates-mirror/hashing';
import { MemberTable, writeRow } from './member-table.ts';

test('members are found by their SHA-256, at any number and any offset', () => {
  const table = new MemberTable();
  const offsetOf = (i: number): number => i * 7_000_001;
  for (let bundle = 0; bundle < 3; bundle++) {
    const rows: number[] = [];
    for (let i = bundle; i < 30_000; i += 3) writeRow(rows, sha256Hex(String(i)), offsetOf(i), i);
    table.add(Uint32Array.from(rows), bundle);
  }
  const other = new MemberTable(table.memory);
  for (let i = 0; i < 30_000; i++) {
    const expected = { bundle: i % 3, offset: offsetOf(i), size: i };
    assert.deepEqual(table.find(sha256Hex(String(i))), expected);
    assert.deepEqual(other.find(sha256Hex(String(i))), expected);
  }
  assert.ok(offsetOf(29_999) > 2 ** 37);
  assert.equal(table.find(sha256Hex('x')), undefined);
  assert.ok(table.memory.byteLength < 30_000 * 55, `${table.memory.byteLength} bytes`);
});

test('members of several bundles with the same bytes are all found, one of each', () => {
  const table = new MemberTable();
  const rowAt = (offset: number): Uint32Array => {
    const rows: number[] = [];
    writeRow(rows, sha256Hex('x'), offset, 1);
    return Uint32Array.from(rows);
  };
  table.add(rowAt(40), 4);
  table.add(rowAt(50), 5);
  table.add(rowAt(44), 4);
  const expected = [
    { bundle: 4, offset: 44, size: 1 },
    { bundle: 5, offset: 50, size: 1 },
  ];
  assert.deepEqual(table.findAll(sha256Hex('x')), expected);
  const others: number[] = [];
  for (let i = 0; i < 2000; i++) writeRow(others, sha256Hex(String(i)), i, 1);
  table.add(Uint32Array.from(others), 6);
  assert.deepEqual(table.findAll(sha256Hex('x')), expected, 'in a larger table, too');
});
