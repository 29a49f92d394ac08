import assert from 'node:assert/strict';
import fs, { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { encodeRecord, isOk, type ManifestRecord, type NewRecord, readManifest } from './index.ts';
import { ManifestWriter } from './writer.ts';

const record: NewRecord = {
  url: 'https://x.example/a/a-1.0.0%2B1.crate',
  name: 'a',
  version: '1.0.0+1',
  path: '1/a-1.0.0+1.crate',
  storage: 'filesystem',
  bundle_path: null,
  bundle_file: null,
  bundle_member: null,
  size: 5,
  sha256: 'd'.repeat(64),
  started_at: '2026-01-01T00:00:00.000Z',
  finished_at: '2026-01-01T00:00:00.010Z',
  status: 'downloaded',
  retries: 0,
  error: null,
};

let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'manifest-')), 'm.jsonl');
});
afterEach(() => rmSync(join(path, '..'), { recursive: true }));

function readAll(): { records: ManifestRecord[]; bad: number[] } {
  const bad: number[] = [];
  const records = [...readManifest(path, (line) => bad.push(line))] as ManifestRecord[];
  return { records, bad };
}

test('a record is the JSON it looks like, fields in the contract’s order', () => {
  const odd = {
    ...record,
    status: 'error' as const,
    error: { code: 'x', message: 'a "b"\n\u2028' },
    size: null,
  };
  for (const one of [record, odd]) {
    const line = encodeRecord(one);
    assert.equal(line.indexOf('\n'), line.length - 1);
    assert.deepEqual(JSON.parse(line), { schema_version: 1, ...one, ok: isOk(one.status) });
  }
  assert.deepEqual(
    Object.keys(JSON.parse(encodeRecord(record))).join(' '),
    'schema_version url name version path storage bundle_path bundle_file bundle_member size sha256 started_at finished_at ok status retries error',
  );
});

test('what was written is read, and a later run appends', () => {
  for (const retries of [0, 1]) {
    const writer = new ManifestWriter(path);
    writer.append(Buffer.from(encodeRecord({ ...record, retries })));
    writer.close();
  }
  const { records, bad } = readAll();
  assert.deepEqual(bad, []);
  assert.deepEqual(
    records.map((one) => one.retries),
    [0, 1],
  );
});

test('a manifest that is closed is on disk, and its file is not open any more', (t) => {
  const writer = new ManifestWriter(path);
  writer.append(Buffer.from(encodeRecord(record)));
  const [sync, close] = [t.mock.method(fs, 'fsyncSync'), t.mock.method(fs, 'closeSync')];
  syncBuiltinESMExports();
  writer.close();
  t.mock.restoreAll();
  syncBuiltinESMExports();
  assert.deepEqual([sync.mock.callCount(), close.mock.callCount()], [1, 1]);
  assert.deepEqual(sync.mock.calls[0]?.arguments, close.mock.calls[0]?.arguments);
});

test('a line torn by a kill stays alone, nothing is truncated', () => {
  const line = encodeRecord(record);
  appendFileSync(path, line + line.slice(0, 50));
  const before = readFileSync(path, 'utf8');
  const writer = new ManifestWriter(path);
  writer.append(Buffer.from(line));
  writer.close();
  assert.equal(readFileSync(path, 'utf8'), `${before}\n${line}`);
  const { records, bad } = readAll();
  assert.equal(records.length, 2);
  assert.deepEqual(bad, [2]);
});

test('a line torn by a full disk stays alone as well, once there is room again', async (t) => {
  const line = encodeRecord(record);
  const writer = new ManifestWriter(path);
  writer.append(Buffer.from(line));
  const { writeSync } = fs;
  let calls = 0;
  t.mock.method(fs, 'writeSync', (fd: number, data: Uint8Array) => {
    calls += 1;
    if (calls > 1) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    return writeSync(fd, data, 0, 50);
  });
  syncBuiltinESMExports();
  assert.throws(() => writer.append(Buffer.from(line)), { code: 'ENOSPC' });
  t.mock.restoreAll();
  syncBuiltinESMExports();
  writer.append(Buffer.from(line));
  writer.close();
  assert.equal(readFileSync(path, 'utf8'), `${line}${line.slice(0, 50)}\n${line}`);
});

test('a line is what a newline ends, and no record when it is longer than any', () => {
  const failed = { ...record, status: 'error' as const, error: { code: 'x', message: 'a\u2028b\rc' } };
  const padded = encodeRecord(record).replace('{', `{${' '.repeat(70_000)}`);
  writeFileSync(path, `${encodeRecord(record).trimEnd()}\r\n\r\n${encodeRecord(failed)}${padded}`);
  // Longer than the maximum length of a string.
  truncateSync(path, 600 << 20);
  appendFileSync(path, `\n${encodeRecord(record)}`);
  const { records, bad } = readAll();
  assert.deepEqual(
    records.map(({ error }) => error?.message),
    [undefined, 'a\u2028b\rc', undefined],
  );
  assert.deepEqual(bad, [4, 5]);
});

test('a record whose fields make no sense is none, and takes no other one along', () => {
  const damage: object[] = [
    { schema_version: 2 },
    { path: 7 },
    { status: 'gone' },
    { storage: 'tape' },
    { bundle_path: 12 },
    { bundle_file: 12 },
    { size: null },
    { size: -1 },
    { size: 0.5 },
    { size: '5' },
    { finished_at: undefined },
    { finished_at: 'at noon' },
  ];
  const good = JSON.parse(encodeRecord(record));
  const notHeld = { ...good, status: 'missing_upstream', size: null };
  const lines = [good, ...damage.map((fields) => ({ ...good, ...fields })), null, [], 7, notHeld];
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const { records, bad } = readAll();
  assert.deepEqual(records, [good, notHeld]);
  assert.deepEqual(
    bad,
    Array.from({ length: lines.length - 2 }, (_, i) => i + 2),
  );
});
