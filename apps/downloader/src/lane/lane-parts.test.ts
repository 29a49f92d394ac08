import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { sha256Hex } from '@crates-mirror/hashing';
import { BodyMemory } from './fetch/body-memory.ts';
import { CrateBody } from './fetch/crate-body.ts';
import { StoreError, storing } from './store/store-error.ts';
import { isWaitOver, Reachability } from './upstream/reachability.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lane-'));
  mkdirSync(join(directory, 'tmp'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function feed(body: CrateBody, size: number, piece: number): Buffer {
  const data = Buffer.alloc(size, 'crate file ');
  body.begin(size);
  for (let offset = 0; offset < size; offset += piece) body.data(data.subarray(offset, offset + piece));
  return data;
}

test('a body is hashed and stored alike in memory and on disk', () => {
  for (const [size, piece] of [
    [0, 1],
    [1, 1],
    [16_384, 16_384],
    [100_000, 16_384],
    [1 << 20, 16_384],
    [(1 << 20) + 1, 16_384],
    [3_000_000, 65_536],
  ] as const) {
    const body = new CrateBody(join(directory, 'tmp'), new BodyMemory());
    const data = feed(body, size, piece);
    assert.equal(body.size, size);
    assert.equal(readdirSync(join(directory, 'tmp')).length, size > 1 << 20 ? 1 : 0);
    assert.equal(body.digest(), sha256Hex(data));
    assert.equal(body.store(join(directory, 'final')).size, size);
    assert.ok(readFileSync(join(directory, 'final')).equals(data));
    assert.deepEqual([body.size, readdirSync(join(directory, 'tmp'))], [0, []]);
  }
});

test('once a lane holds a lot, further bodies go to disk at once', () => {
  const memory = new BodyMemory();
  const taken = Array.from({ length: 32 }, () => memory.take(1 << 20) as Buffer);
  const body = new CrateBody(join(directory, 'tmp'), memory);
  const data = feed(body, 5000, 1000);
  assert.equal(readdirSync(join(directory, 'tmp')).length, 1);
  assert.equal(memory.take(1), undefined);
  memory.give(taken.pop() as Buffer);
  assert.equal(memory.take(1)?.length, 4096);
  assert.equal(body.digest(), sha256Hex(data));
  body.discard();
  assert.deepEqual(readdirSync(join(directory, 'tmp')), []);
});

test('a body of unknown length grows into memory that is used again', () => {
  const memory = new BodyMemory();
  const body = new CrateBody(join(directory, 'tmp'), memory);
  body.begin(undefined);
  const piece = Buffer.alloc(50_000, 'crate file ');
  for (let i = 0; i < 10; i++) body.data(piece);
  assert.deepEqual([body.hasLength, body.size], [false, 500_000]);
  const content = Buffer.concat(Array.from({ length: 10 }, () => piece));
  assert.ok(body.content?.equals(content));
  body.discard();
  assert.equal(memory.take(500_000)?.subarray(0, 500_000).equals(content), true, 'the same memory');
});

test('a body that does not end is stopped, and leaves nothing', () => {
  const body = new CrateBody(join(directory, 'tmp'), new BodyMemory(), 2 << 20);
  assert.throws(() => feed(body, 3 << 20, 65_536), { code: 'too_large', message: /more than 2097152 bytes/ });
  body.discard();
  assert.deepEqual(readdirSync(join(directory, 'tmp')), []);
});

test('a new attempt forgets the one before', () => {
  for (const size of [5000, 2 << 20]) {
    const body = new CrateBody(join(directory, 'tmp'), new BodyMemory());
    feed(body, size, 16_384);
    const data = feed(body, 100, 100);
    assert.equal(body.digest(), sha256Hex(data));
    assert.deepEqual([body.size, readdirSync(join(directory, 'tmp'))], [100, []]);
  }
});

test('an upstream that was never reached is given up soon, silence only after a while', () => {
  const never = new Reachability(20);
  const verdicts = Array.from({ length: 21 }, () => never.unreachable(1000));
  assert.deepEqual([verdicts.indexOf(true), verdicts.filter(Boolean).length], [19, 2]);

  const silence = new Reachability(1);
  silence.reached('https://a.example', 0, false);
  for (let now = 0; now <= 60_000; now += 1000) assert.equal(silence.unreachable(now), false, String(now));
  assert.equal(silence.unreachable(60_001), true);
  silence.reached('https://a.example', 60_002, false);
  assert.equal(silence.unreachable(60_003), false);
});

test('an outage is one of an upstream that has answered, and of no other that answers meanwhile', () => {
  const reachability = new Reachability(1);
  assert.equal(reachability.isOutage('https://a.example', 0), true);
  reachability.reached('https://a.example', 100, false);
  assert.equal(reachability.isOutage('https://a.example', 99), false);
  assert.equal(reachability.isOutage('https://a.example', 101), true);
  assert.equal(reachability.isOutage('https://b.example', 101), false);
});

test('an upstream that was there is waited for by the clock, another one by the retries', () => {
  const over = (wasThere: boolean, attempts: number, now: number): boolean =>
    isWaitOver({ since: 10, attempts, wasThere }, 3, now);
  assert.deepEqual([over(false, 3, 11), over(false, 4, 11)], [false, true]);
  assert.deepEqual([over(true, 1000, 300_010), over(true, 1, 300_011)], [false, true]);
});

test('all are put off when so many are, one after the other, and no other upstream hands out files', () => {
  const [a, b] = ['https://a.example', 'https://b.example'] as const;
  const putOff = (reachability: Reachability, times: number): boolean => {
    for (let i = 0; i < times; i++) reachability.reached(a, i, true);
    return reachability.isBusy(a);
  };
  const reachability = new Reachability(20);
  assert.deepEqual([putOff(reachability, 19), putOff(reachability, 1)], [false, true]);
  reachability.reached(a, 21, false);
  reachability.served(a);
  assert.deepEqual([putOff(reachability, 19), putOff(reachability, 1)], [false, true]);
  reachability.served(b);
  assert.equal(putOff(reachability, 20), false);
});

test('a failure to write ends the run, unless it concerns one path only', () => {
  const table: [string, boolean][] = [
    ['ENOSPC', true],
    ['EDQUOT', true],
    ['EROFS', true],
    ['EACCES', true],
    ['EIO', true],
    ['EMFILE', true],
    ['EISDIR', false],
    ['ENOTDIR', false],
    ['ENAMETOOLONG', false],
  ];
  for (const [code, isFatal] of table) {
    assert.throws(
      () =>
        storing(() => {
          throw Object.assign(new Error(`${code}: no`), { code });
        }),
      (error) => error instanceof StoreError && error.isFatal === isFatal && error.record.code === code,
    );
  }
});
