import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '@crates-mirror/errors';
import fc from 'fast-check';
import { describeAddress, isS3, parseS3Address } from './address.ts';

test('an address is a bucket and a prefix, with or without a slash at its end', () => {
  assert.deepEqual(parseS3Address('--site', 's3://mirror'), { bucket: 'mirror', prefix: '' });
  assert.deepEqual(parseS3Address('--site', 's3://mirror/'), { bucket: 'mirror', prefix: '' });
  const deep = { bucket: 'mirror', prefix: 'a/b/' };
  assert.deepEqual(parseS3Address('--site', 's3://mirror/a/b'), deep);
  assert.deepEqual(parseS3Address('--site', 'S3://mirror/a/b//'), deep);
  assert.equal(describeAddress(deep), 's3://mirror/a/b');
  assert.equal(describeAddress(deep, 'key'), 's3://mirror/a/b/key');
});

test('an invalid address is refused in one line', () => {
  for (const text of [
    's3://',
    's3:///a',
    's3://-a-',
    's3://mirror/a//b',
    's3://mirror/../b',
    's3://mirror/a\nb',
  ])
    assert.throws(
      () => parseS3Address('--site', text),
      (error: unknown) => error instanceof UsageError && error.message.startsWith('--site: '),
      text,
    );
  assert.deepEqual(['mirror', '/s3://x', 's3:/x'].map(isS3), [false, false, false]);
});

test('every text is an address that comes out as it went in, or refused', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      try {
        const address = parseS3Address('--site', `s3://bucket/${text}`);
        assert.deepEqual(parseS3Address('--site', describeAddress(address)), address);
        assert.ok(address.prefix === '' || address.prefix.endsWith('/'));
      } catch (error) {
        assert.ok(error instanceof UsageError);
      }
    }),
  );
});
