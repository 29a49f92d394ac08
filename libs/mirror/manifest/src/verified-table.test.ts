import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { sha256Hex } from '@crates-mirror/hashing';
import { VerifiedLedger, VerifiedTable } from './index.ts';

test('a table says what the ledger says, at any size, and follows a ledger that grows', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'ledger-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const ledger = new VerifiedLedger(directory);
  const file = (i: number) => ({ path: `se/rd/serde-${i}.crate`, size: i, mtime: 1.7e12 + i / 7 });
  for (let i = 0; i < 5000; i++) {
    const { path, size, mtime } = file(i);
    ledger.remember('se', path, size, mtime, sha256Hex(path));
  }
  ledger.flush();
  const bytes = readFileSync(join(directory, 'se'));
  const table = new VerifiedTable();
  const whole = table.read(bytes.subarray(0, 100_000));
  assert.ok(whole > 99_000 && bytes[whole - 1] === 10, 'up to a line end');
  table.read(bytes.subarray(whole));
  for (let i = 0; i < 5000; i++) {
    const { path, size, mtime } = file(i);
    assert.equal(table.check(path, size, mtime, sha256Hex(path)), 'is-it', path);
    assert.equal(table.check(path, size, mtime, sha256Hex('x')), 'is-another');
    assert.equal(table.check(path, size + 1, mtime, sha256Hex(path)), 'resized');
    assert.equal(table.check(path, size + 1, mtime, sha256Hex('x')), 'unknown');
    assert.equal(table.check(path, size, mtime + 1, sha256Hex(path)), 'unknown');
    assert.equal(table.hasVerified(path, sha256Hex(path)), true);
    assert.equal(table.hasVerified(path, sha256Hex('x')), false);
    assert.equal(table.hasVerified(`${path}x`, sha256Hex(path)), false);
    assert.equal(table.check(`${path}x`, size, mtime, sha256Hex(path)), 'unknown');
  }
  assert.ok(table.byteLength < 5000 * 60, `${table.byteLength} bytes`);

  const { path, size, mtime } = file(7);
  ledger.remember('se', path, size, mtime, sha256Hex('new'));
  ledger.flush();
  table.read(readFileSync(join(directory, 'se')).subarray(bytes.length));
  assert.equal(table.check(path, size, mtime, sha256Hex('new')), 'is-it', 'the last line counts');
  assert.equal(table.check(path, size, mtime, sha256Hex(path)), 'is-another');
  assert.equal(new VerifiedTable().check('a', 1, 1, sha256Hex('a')), 'unknown');
  assert.equal(table.read(Buffer.from('torn\nno tabs at all\n\t\n')), 22);
});
