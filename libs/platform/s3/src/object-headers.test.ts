import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checksumIn } from './object-headers.ts';

const HEX = 'ab'.repeat(32);
const COMPUTED = Buffer.from(HEX, 'hex').toString('base64');
const NOTED = 'cd'.repeat(32);

test('the SHA-256 of an object is that of the store, or else the one that the uploader has noted', () => {
  const none = { sha256: undefined, sha256From: undefined };
  const noted = { sha256: NOTED, sha256From: 'uploader' };
  for (const [headers, expected] of [
    [{}, none],
    [{ 'x-amz-checksum-sha256': COMPUTED }, { sha256: HEX, sha256From: 'store' }],
    [
      { 'x-amz-checksum-sha256': COMPUTED, 'x-amz-meta-sha256': NOTED },
      { sha256: HEX, sha256From: 'store' },
    ],
    // Of an object in parts: a checksum of their checksums.
    [{ 'x-amz-checksum-sha256': `${COMPUTED}-3` }, none],
    [{ 'x-amz-checksum-sha256': `${COMPUTED}-3`, 'x-amz-meta-sha256': NOTED }, noted],
    [{ 'x-amz-meta-sha256': NOTED.toUpperCase() }, none],
  ] as const)
    assert.deepEqual(checksumIn(headers), expected);
});
