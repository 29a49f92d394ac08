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

test('of two members with the same bytes the later counts', () => {
  const table = new MemberTable();
  for (const bundle of [4, 5]) {
    const rows: number[] = [];
    writeRow(rows, sha256Hex('x'), bundle, 1);
    table.add(Uint32Array.from(rows), bundle);
  }
  assert.deepEqual(table.find(sha256Hex('x')), { bundle: 5, offset: 5, size: 1 });
});
