import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ConnectionError } from './connection-error.ts';
import { FrameReader } from './frame-reader.ts';
import { encodeFrame, FrameType } from './frames.ts';

/** The events of a reader for bytes that arrive in pieces. */
function read(bytes: Buffer, cuts: readonly number[]): string[] {
  const events: string[] = [];
  let data = '';
  const reader = new FrameReader({
    onData: (_stream, piece) => {
      data += piece.toString('hex');
    },
    onDataEnd: (stream, flags, length) => {
      events.push(`data ${stream} ${flags} ${length} ${data}`);
      data = '';
    },
    onFrame: (type, flags, stream, payload) =>
      events.push(`${type} ${flags} ${stream} ${payload.toString('hex')}`),
  });
  let start = 0;
  for (const cut of [...cuts, bytes.length].sort((a, b) => a - b)) {
    // The same memory for all reads, as with a socket: nothing may be retained.
    const piece = Buffer.from(bytes.subarray(start, cut));
    reader.push(piece);
    piece.fill(0xee);
    start = cut;
  }
  return events;
}

const frame = fc.record({
  type: fc.constantFrom(0, 1, 3, 4, 6, 8, 9, 0x2a),
  flags: fc.nat(255).map((flags) => flags & ~0x8),
  stream: fc.nat(2 ** 31 - 1),
  payload: fc.uint8Array({ maxLength: 300 }),
});

test('frames are the same wherever the pieces end', () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.nat(3000)), (frames, cuts) => {
      const bytes = Buffer.concat(
        frames.map(({ type, flags, stream, payload }) => encodeFrame(type, flags, stream, payload)),
      );
      const expected = frames.map(({ type, flags, stream, payload }) => {
        const content = Buffer.from(payload).toString('hex');
        return type === 0
          ? `data ${stream} ${flags} ${payload.length} ${content}`
          : `${type} ${flags} ${stream} ${content}`;
      });
      assert.deepEqual(
        read(
          bytes,
          cuts.filter((cut) => cut < bytes.length),
        ),
        expected,
      );
    }),
  );
});

test('padding of data is taken off and counts for flow control', () => {
  const padded = Buffer.concat([
    encodeFrame(FrameType.data, 0x8, 1, Buffer.from([3, 0xaa, 0xbb, 0, 0, 0])),
    encodeFrame(FrameType.data, 0x9, 1, Buffer.from([0, 0xcc])),
    encodeFrame(FrameType.data, 0x9, 3, Buffer.from([2, 0, 0])),
  ]);
  const expected = ['data 1 8 6 aabb', 'data 1 9 2 cc', 'data 3 9 3 '];
  assert.deepEqual(read(padded, []), expected);
  assert.deepEqual(
    read(
      padded,
      Array.from({ length: padded.length }, (_, i) => i),
    ),
    expected,
  );
});

test('frames that break the rules end the connection', () => {
  const tooLong = Buffer.from([0, 0x40, 1, 0, 0, 0, 0, 0, 1]);
  assert.throws(() => read(tooLong, []), new ConnectionError(6, 'a frame of 16385 bytes'));
  const empty = encodeFrame(FrameType.data, 0x8, 1, Buffer.alloc(0));
  assert.throws(() => read(empty, []), new ConnectionError(6, 'a frame of 0 bytes'));
  const allPadding = encodeFrame(FrameType.data, 0x8, 1, Buffer.from([2, 0]));
  assert.throws(() => read(allPadding, []), new ConnectionError(1, 'padding longer than its frame'));
});
