import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { repairLedger, ShardLedger, VerifiedLedger } from './index.ts';
import { LedgerError } from './ledger-error.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ledger-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('a file is known by path, size and mtime together, in this run and in the next', () => {
  const ledger = new VerifiedLedger(directory);
  ledger.remember('se', 'sé/rd/serde-1.0.0.crate', 10, 1700000000123.25, A);
  ledger.flush();
  for (const one of [ledger, new VerifiedLedger(directory)]) {
    assert.equal(one.find('se', 'sé/rd/serde-1.0.0.crate', 10, 1700000000123.25), A);
    assert.equal(one.find('se', 'sé/rd/serde-1.0.0.crate', 1, 1700000000123.25), undefined);
    assert.equal(one.find('se', 'sé/rd/serde-1.0.0.crate', 10, 1700000000123), undefined);
    assert.equal(one.find('se', 'se/rd/serde-1.0.1.crate', 10, 1700000000123.25), undefined);
    assert.equal(one.find('sy', 'sé/rd/serde-1.0.0.crate', 10, 1700000000123.25), undefined);
  }
});

test('the last word on a file wins, also before it is flushed', () => {
  const ledger = new VerifiedLedger(directory);
  assert.equal(ledger.find('1', 'f', 1, 1), undefined);
  ledger.remember('1', 'f', 1, 1, A);
  ledger.remember('1', 'f', 2, 2, B);
  assert.equal(ledger.find('1', 'f', 1, 1), undefined);
  assert.equal(ledger.find('1', 'f', 2, 2), B);
  ledger.flush();
  assert.equal(new VerifiedLedger(directory).find('1', 'f', 2, 2), B);
});

test('a torn last line costs that line only, and what follows is not glued to it', () => {
  const ledger = new VerifiedLedger(directory);
  ledger.remember('1', 'f', 1, 1, A);
  ledger.flush();
  appendFileSync(join(directory, '1'), 'g\t2\t2\tbbb');
  const next = new VerifiedLedger(directory);
  assert.equal(next.find('1', 'f', 1, 1), A);
  assert.equal(next.find('1', 'g', 2, 2), undefined);
  next.remember('1', 'h', 3, 3, B);
  next.flush();
  const last = new VerifiedLedger(directory);
  assert.equal(last.find('1', 'f', 1, 1), A);
  assert.equal(last.find('1', 'h', 3, 3), B);
});

test('lines that are no records are passed over', () => {
  writeFileSync(join(directory, '1'), `nonsense\n\nf\t1\t1\t${A}\n`);
  assert.equal(new VerifiedLedger(directory).find('1', 'f', 1, 1), A);
});

test('a ledger that is mostly history is rewritten without it', () => {
  const ledger = new VerifiedLedger(directory);
  for (let round = 0; round < 3000; round++) ledger.remember('1', 'f', round, round, A);
  ledger.flush();
  const file = join(directory, '1');
  assert.equal(readFileSync(file, 'utf8').split('\n').length, 3001);
  const next = new VerifiedLedger(directory);
  assert.equal(next.find('1', 'f', 2999, 2999), A);
  assert.equal(readFileSync(file, 'utf8').split('\n').length, 3001, 'a look changes nothing');
  next.flush();
  assert.equal(readFileSync(file, 'utf8'), `f\t2999\t2999\t${A}\n`);
});

test('a short history is left alone', () => {
  const ledger = new VerifiedLedger(directory);
  for (let round = 0; round < 1000; round++) ledger.remember('1', 'f', round, round, A);
  ledger.flush();
  const next = new VerifiedLedger(directory);
  assert.equal(next.find('1', 'f', 999, 999), A);
  next.flush();
  assert.equal(readFileSync(join(directory, '1'), 'utf8').split('\n').length, 1001);
});

test('a shared ledger never rewrites a file; what a kill tore is put right beforehand', () => {
  const ledger = new ShardLedger(directory, { isShared: true });
  ledger.set('1', 'f', 'whole');
  ledger.flush();
  appendFileSync(join(directory, '1'), 'g\tto');
  assert.equal(new ShardLedger(directory, { isShared: true }).get('1', 'f'), 'whole');
  assert.equal(readFileSync(join(directory, '1'), 'utf8'), 'f\twhole\ng\tto');
  repairLedger(directory);
  ledger.set('1', 'h', 'after');
  ledger.flush();
  const next = new ShardLedger(directory, { isShared: true });
  assert.equal(next.get('1', 'h'), 'after');
  assert.equal(next.get('1', 'f'), 'whole');
});

test('what another ledger has written is learnt where its shard is in memory', () => {
  const ledger = new ShardLedger(directory, { isShared: true });
  assert.equal(ledger.get('1', 'f'), undefined);
  const writer = new ShardLedger(directory, { isShared: true });
  writer.set('1', 'f', 'new');
  writer.flush();
  assert.equal(ledger.get('1', 'f'), undefined);
  ledger.learn('1', 'f', 'new');
  assert.equal(ledger.get('1', 'f'), 'new');
});

test('what cannot be read or written is named, with what to do', () => {
  mkdirSync(join(directory, 'ca'));
  const ledger = new VerifiedLedger(directory);
  const isReported =
    /^Error: cannot read .*\/ca: EISDIR: .*; it is part of a cache: remove .*ledger-\w+ and run again$/;
  assert.throws(() => ledger.find('ca', 'ca/x', 1, 1), isReported);
  assert.throws(() => repairLedger(directory), isReported);
  ledger.remember('ca', 'ca/x', 1, 1, A);
  assert.throws(() => ledger.flush(), /^Error: cannot write .*\/ca: EISDIR: [^;]*$/);
  const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  assert.match(LedgerError.cannotWrite('ca', full).message, /; free some space and run again$/);
});
