import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseListing } from './listing.ts';
import { elementText } from './xml.ts';

const page = (inner: string, truncated = 'false'): string =>
  `<?xml version="1.0"?><ListBucketResult><IsTruncated>${truncated}</IsTruncated>${inner}</ListBucketResult>`;
const content = (key: string): string =>
  `<Contents><Key>${key}</Key><LastModified>2026-11-30T12:00:00.000Z</LastModified><ETag>&quot;0a&quot;</ETag><Size>7</Size></Contents>`;
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

test('keys come out as they were stored, encoded as URLs or as XML', () => {
  const encoding = '<EncodingType>url</EncodingType>';
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (key) => {
      const object = { key, size: 7, etag: '0a', modifiedAt: Date.UTC(2026, 10, 30, 12) };
      const asUrl = page(encoding + content(encodeURIComponent(key)));
      assert.deepEqual(parseListing(asUrl), { objects: [object], prefixes: [], next: undefined });
      const asForm = page(encoding + content(encodeURIComponent(key).replaceAll('%20', '+')));
      assert.deepEqual(parseListing(asForm)?.objects, [object]);
      assert.deepEqual(parseListing(page(content(escaped(key))))?.objects, [object]);
    }),
  );
});

test('half a listing is none', () => {
  const whole = page(`<NextContinuationToken>a&#x26;b</NextContinuationToken>${content('k')}`, 'true');
  assert.equal(parseListing(whole)?.next, 'a&b');
  for (const xml of [
    '',
    '<html>Please log in</html>',
    page(content('k'), 'true'),
    page('<Contents><Key>k</Key><Size>7</Size></Contents>'),
    page('<Contents><Key>k</Key><ETag>a</ETag><Size>seven</Size></Contents>'),
  ])
    assert.equal(parseListing(xml), undefined, xml);
});

test('references that name no character stay as they are', () => {
  for (const text of ['&#x110000;', '&nbsp;', '&', '&#;'])
    assert.equal(elementText(`<Key>${text}</Key>`, 'Key'), text);
});
