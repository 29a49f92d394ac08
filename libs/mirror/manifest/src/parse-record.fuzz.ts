import assert from 'node:assert/strict';
import { parseRecord } from './parse-record.ts';

export const seeds = [
  '{"schema_version":1,"path":"se/rd/serde-1.0.0.crate","storage":"filesystem","bundle_path":null,"bundle_file":null,"size":1,"finished_at":"2026-11-30T12:00:00.000Z","status":"downloaded"}',
  '{"schema_version":1,"path":"a","storage":"bundle","bundle_path":"b","size":null,"finished_at":"2026-11-30T12:00:00Z","status":"error"}',
];

/** A line is no record, or has the types that a record has. */
export function fuzz(data: Buffer): void {
  const record = parseRecord(data.toString());
  if (record === undefined) return;
  assert.equal(typeof record.path, 'string');
  assert.ok(record.size === null || Number.isSafeInteger(record.size));
  assert.ok(!Number.isNaN(Date.parse(record.finished_at)));
}
