import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrameReader } from './frame-reader.ts';
import { FrameWriter } from './frame-writer.ts';
import { FrameType } from './frames.ts';
import { FIRST_WINDOW, MAX_WINDOW, ReceiveWindows } from './receive-windows.ts';

/** Window sizes as a server sees them. */
function watch() {
  const seen = { granted: 0, streamWindow: 0, probes: [] as Buffer[] };
  const reader = new FrameReader({
    onData() {},
    onDataEnd() {},
    onFrame(type, _flags, stream, payload) {
      if (type === FrameType.windowUpdate && stream === 0) seen.granted += payload.readUInt32BE();
      else if (type === FrameType.settings) seen.streamWindow = payload.readUInt32BE(payload.length - 4);
      else if (type === FrameType.ping) seen.probes.push(Buffer.from(payload));
    },
  });
  const writer = new FrameWriter((bytes) => reader.push(bytes));
  const windows = new ReceiveWindows(writer);
  windows.open();
  writer.flush();
  assert.equal(seen.granted + 65_535, FIRST_WINDOW);
  assert.equal(seen.streamWindow, FIRST_WINDOW);
  return { seen, writer, windows };
}

const FRAME = 16_384;

test('a window that is filled within a round trip grows, for streams and the connection alike', () => {
  const { seen, writer, windows } = watch();
  for (let sent = 0; sent < 3 * FIRST_WINDOW; sent += FRAME) {
    windows.consumed(FRAME);
    writer.flush();
  }
  assert.equal(seen.probes.length, 1);
  windows.answered(Buffer.from('8 others'));
  writer.flush();
  assert.equal(seen.streamWindow, FIRST_WINDOW);
  windows.answered(seen.probes[0] as Buffer);
  writer.flush();
  assert.equal(seen.streamWindow, MAX_WINDOW);
});

test('data that is not consumed is not granted: a server may send a window beyond it, of at most the largest size', () => {
  const frames = fc.array(fc.record({ count: fc.nat(3000), isAnswered: fc.boolean() }), { maxLength: 30 });
  fc.assert(
    fc.property(frames, (steps) => {
      const { seen, writer, windows } = watch();
      let consumed = 0;
      for (const { count, isAnswered } of steps) {
        windows.consumed(count * FRAME);
        consumed += count * FRAME;
        writer.flush();
        const probe = seen.probes.at(-1);
        if (isAnswered && probe !== undefined) windows.answered(probe);
        writer.flush();
        const open = seen.granted + 65_535 - consumed;
        assert.ok(open <= seen.streamWindow && seen.streamWindow <= MAX_WINDOW);
        // The server also never waits for a window while it has data to send.
        assert.ok(open > seen.streamWindow / 2);
      }
    }),
    { numRuns: 50 },
  );
});
