import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { UsageError } from '@crates-mirror/errors';
import { isInShard } from './crates-of-shard.ts';
import { lockHome, mirrorHome } from './mirror-home.ts';
import { parseRunShard, shardName, shardOfLock } from './run-shard.ts';

test('a shard is one of at most 256', () => {
  assert.deepEqual(parseRunShard('2/4'), { number: 2, count: 4 });
  assert.deepEqual(parseRunShard('1/1'), { number: 1, count: 1 });
  for (const text of [
    '',
    '0/4',
    '5/4',
    '1/0',
    '1/257',
    '01/4',
    '-1/4',
    '1 / 4',
    '1/4/2',
    '1',
    '1.5/2',
    '٣/٤',
  ])
    assert.throws(() => parseRunShard(text), UsageError, text);
  assert.deepEqual(shardOfLock(`${shardName({ number: 2, count: 4 })}.lock`), { number: 2, count: 4 });
  assert.equal(shardOfLock('lock'), undefined);
});

test('each crate is in one shard, which any tool can compute, and shards are of like size', () => {
  // printf %s serde | sha256sum | cut -c1-8
  const serde = 0x8b917c4b;
  for (const count of [2, 3, 4, 256])
    assert.ok(isInShard('Serde', { number: (serde % count) + 1, count }), `${count}`);
  const sizes = [0, 0, 0, 0];
  for (let i = 0; i < 4000; i++) {
    const shards = [1, 2, 3, 4].filter((number) => isInShard(`crate-${i}`, { number, count: 4 }));
    assert.equal(shards.length, 1);
    sizes[(shards[0] ?? 0) - 1] = (sizes[(shards[0] ?? 0) - 1] ?? 0) + 1;
  }
  for (const size of sizes) assert.ok(size > 900 && size < 1100, `${sizes}`);
});

function mirror(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), 'shards-'));
  t.after(() => rmSync(root, { recursive: true }));
  return root;
}

test('shards of one division run side by side; the same one, another division, and a run over all do not', (t) => {
  const root = mirror(t);
  const take = (shard?: { number: number; count: number }) =>
    lockHome(root, '--out', mirrorHome(root).lockFile, shard);
  const [first, second] = [take({ number: 1, count: 4 }), take({ number: 2, count: 4 })];
  for (const shard of [{ number: 1, count: 4 }, { number: 1, count: 2 }, { number: 4, count: 8 }, undefined])
    assert.throws(() => take(shard), /another run \(process \d+ on .*\) is working on/);
  first.release();
  assert.throws(() => take(), /another run/);
  second.release();
  const whole = take();
  assert.throws(() => take({ number: 1, count: 4 }), /another run/);
  whole.release();
  take({ number: 1, count: 2 }).release();
});
