import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ChunkPlace } from './chunk.ts';
import { ChunkRanges } from './chunk-ranges.ts';

/** Few distinct paths, so that ranges touch and overlap. */
const range = fc
  .tuple(fc.constantFrom(...'abcdefgh'), fc.constantFrom(...'abcdefgh'))
  .map(([a, b]) => (a < b ? { first: a, last: b } : { first: b, last: a }));

test('chunks are found by the paths they may have, whatever their order', () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 12 }), range, (ranges, { first, last }) => {
      const chunks = ranges.map((one, offset): ChunkPlace => {
        return { ...one, offset, length: 1, crc32: 0, count: 1 };
      });
      const byOffset = (found: readonly ChunkPlace[]) => found.toSorted((a, b) => a.offset - b.offset);
      assert.deepEqual(
        byOffset(new ChunkRanges(chunks).overlapping(first, last)),
        chunks.filter((chunk) => chunk.first <= last && chunk.last >= first),
      );
    }),
  );
});
