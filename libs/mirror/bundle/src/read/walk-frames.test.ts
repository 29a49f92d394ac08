import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FrameMap, walkFrames } from '../reading.ts';
import { encodeFrame } from '../write/frame-encoder.ts';

test('the whole frames of a growing file are found from anywhere, and a torn one is left for later', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'frames-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const contents = [Buffer.alloc(300_000, 'ab'), Buffer.from('x'), Buffer.alloc(200_000, 7)];
  const frames = contents.map(encodeFrame);
  const bytes = Buffer.concat(frames.map((frame) => frame.bytes));
  writeFileSync(join(directory, 'partial'), bytes);
  const fd = openSync(join(directory, 'partial'), 'r');
  t.after(() => closeSync(fd));
  const expected = frames.map(({ bytes: { length: size }, contentSize }) => ({ size, contentSize }));
  assert.deepEqual([...walkFrames(fd, 0, bytes.length)], expected);
  for (let torn = bytes.length - frames[2]!.bytes.length; torn < bytes.length; torn += 7)
    assert.deepEqual([...walkFrames(fd, 0, torn)], expected.slice(0, 2), `${torn}`);
  assert.deepEqual([...walkFrames(fd, frames[0]!.bytes.length, bytes.length)], expected.slice(1));
  assert.throws(() => [...walkFrames(fd, 1, bytes.length)], /no zstd frame/);

  const map = new FrameMap(1);
  for (const frame of expected) map.add(frame);
  assert.equal(map.contentSize, 500_001);
  assert.equal(map.size, bytes.length);
  assert.deepEqual(
    [0, 299_999, 300_000, 300_001, 500_000].map((offset) => map.indexAt(offset)),
    [0, 0, 1, 2, 2],
  );
  assert.throws(() => map.indexAt(500_001), /it has no byte 500001/);
  assert.deepEqual(map.frame(1), {
    start: expected[0]!.size,
    size: expected[1]!.size,
    contentStart: 300_000,
    contentSize: 1,
  });
  const start = map.size;
  for (let i = 0; i < 1000; i++) map.add({ size: 2, contentSize: 3 });
  assert.deepEqual(map.frame(map.count - 1), {
    start: start + 1998,
    size: 2,
    contentStart: 500_001 + 2997,
    contentSize: 3,
  });
});
