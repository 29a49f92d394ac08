import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { sha256Hex } from '@crates-mirror/hashing';
import { BodyMemory } from './body-memory.ts';
import { CrateBody } from './crate-body.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'crate-body-'));
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
