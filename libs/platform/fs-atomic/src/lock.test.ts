import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { acquireLock, isLock, type LockHolder } from './index.ts';

let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'lock-')), 'lock');
});
afterEach(() => rmSync(join(path, '..'), { recursive: true }));

function holderFile(holder: Partial<LockHolder>): void {
  writeFileSync(path, JSON.stringify({ host: hostname(), started: '', since: '', ...holder }));
}

test('a second taker learns who holds it; after the release it is free', () => {
  const lock = acquireLock(path);
  assert.ok(isLock(lock));
  const second = acquireLock(path);
  assert.ok(!isLock(second));
  assert.equal(second.pid, process.pid);
  lock.release();
  assert.equal(existsSync(path), false);
});

test('the lock of a dead process, a torn one and one of a recycled process id are taken over', () => {
  const { pid } = spawnSync(process.execPath, ['--version']);
  const stale = [() => holderFile({ pid }), () => writeFileSync(path, '{"pi'), () => writeFileSync(path, '')];
  if (existsSync('/proc/self/stat')) stale.push(() => holderFile({ pid: process.ppid, started: '1' }));
  for (const leave of stale) {
    leave();
    const lock = acquireLock(path);
    assert.ok(isLock(lock));
    assert.equal(JSON.parse(readFileSync(path, 'utf8')).pid, process.pid);
    lock.release();
  }
});

test('a holder on another machine is believed', () => {
  holderFile({ pid: 1, host: 'elsewhere.example' });
  const result = acquireLock(path);
  assert.ok(!isLock(result));
  assert.equal(result.host, 'elsewhere.example');
});
