import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { FrameEnd, frameKind } from './frame-end.ts';

const { ZSTD_c_checksumFlag, ZSTD_c_contentSizeFlag, ZSTD_c_compressionLevel } = constants;

function skippable(content: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0x184d2a50 + (content.length & 0xf));
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, content]);
}

const content = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  // More than one block of 128 KiB, and blocks of one byte that is repeated.
  fc.integer({ min: 0, max: 400_000 }).map((size) => Buffer.alloc(size, 'z')),
  fc
    .integer({ min: 130_000, max: 300_000 })
    .map((size) => Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i * i * 2654435761) >>> 13))),
);
const frame = fc.oneof(
  content.map(skippable),
  fc
    .tuple(content, fc.boolean(), fc.boolean(), fc.constantFrom(1, 3, 19))
    .map(([bytes, hasChecksum, hasSize, level]) =>
      zstdCompressSync(bytes, {
        params: {
          [ZSTD_c_checksumFlag]: Number(hasChecksum),
          [ZSTD_c_contentSizeFlag]: Number(hasSize),
          [ZSTD_c_compressionLevel]: level,
        },
      }),
    ),
);

test('a frame ends where it does, however its bytes arrive', () => {
  fc.assert(
    fc.property(
      frame,
      fc.nat(50),
      fc.array(fc.integer({ min: 1, max: 5000 }), { maxLength: 30 }),
      (one, more, sizes) => {
        const stream = Buffer.concat([one, Buffer.alloc(more, 0xfd)]);
        const end = new FrameEnd();
        let at = 0;
        for (const size of [...sizes, stream.length]) {
          if (end.isOver || at === stream.length) break;
          at += end.advance(stream.subarray(at, at + size));
        }
        assert.deepEqual([at, end.isOver], [one.length, true]);
      },
    ),
    { numRuns: 150 },
  );
});

test('a frame that is cut short does not end', () => {
  const whole = zstdCompressSync(Buffer.from('some content'));
  for (let length = 0; length < whole.length; length++) {
    const end = new FrameEnd();
    end.advance(whole.subarray(0, length));
    assert.equal(end.isOver, false);
  }
});

test('frames are recognized by their first four bytes', () => {
  assert.equal(frameKind(zstdCompressSync('x')), 'frame');
  assert.equal(frameKind(skippable(Buffer.alloc(15))), 'skippable');
  assert.equal(frameKind(Buffer.from('text')), undefined);
});
