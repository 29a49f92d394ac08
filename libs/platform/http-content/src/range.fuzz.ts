import assert from 'node:assert/strict';
import { parseRange } from './range.ts';

const SIZES = [0, 1, 1000, 2 ** 40];

export const seeds = ['bytes=0-499', 'bytes=-1', 'Bytes= 500-', 'bytes=0-0,2-3', 'bytes=9007199254740993-'];

/** A range is ignored, is beyond the body, or is within it. */
export function fuzz(data: Buffer): void {
  for (const size of SIZES) {
    const range = parseRange(data.toString('latin1'), size);
    if (typeof range !== 'object') continue;
    const { start, end } = range;
    assert.ok(Number.isSafeInteger(start) && Number.isSafeInteger(end));
    assert.ok(0 <= start && start <= end && end < size, `${start}-${end}`);
  }
}
