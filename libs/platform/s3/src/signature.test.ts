import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodePath, encodeQuery } from './encode.ts';
import { EMPTY_SHA256, Signer } from './signature.ts';

// Source: AWS, "Signature Calculations for the Authorization Header", Amazon S3 API Reference,
// examples.
const CREDENTIALS = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  sessionToken: undefined,
};
const NOW = Date.UTC(2013, 4, 24);
const HOST = 'examplebucket.s3.amazonaws.com';

const signatureOf = (headers: Record<string, string>): string =>
  /Signature=([0-9a-f]{64})$/.exec(headers['authorization'] ?? '')?.[1] ?? '';

test("a URL is signed as in AWS's example", () => {
  const signer = new Signer(CREDENTIALS, 'us-east-1');
  const query = signer.presign({ host: HOST, path: '/test.txt', seconds: 86_400 }, NOW);
  assert.equal(query['X-Amz-Signature'], 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404');
});

test("requests are signed as in AWS's examples", () => {
  const signer = new Signer(CREDENTIALS, 'us-east-1');
  const get = { method: 'GET', host: HOST, bodySha256: EMPTY_SHA256 };
  const range = { range: 'bytes=0-9' };
  assert.equal(
    signatureOf(signer.sign({ ...get, path: '/test.txt', query: {}, headers: range }, NOW)),
    'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  );
  const query = { prefix: 'J', 'max-keys': '2' };
  assert.equal(
    signatureOf(signer.sign({ ...get, path: '/', query, headers: {} }, NOW)),
    '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  );
  const put = {
    method: 'PUT',
    host: HOST,
    path: `/${encodePath('test$file.text')}`,
    query: {},
    headers: { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
    bodySha256: createHash('sha256').update('Welcome to Amazon S3.').digest('hex'),
  };
  assert.equal(
    signatureOf(signer.sign(put, NOW)),
    '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  );
});

test('a session token is sent and signed, and no secret is', () => {
  const signer = new Signer({ ...CREDENTIALS, sessionToken: 'the-token' }, 'eu-west-1');
  const unsigned = { method: 'GET', host: HOST, path: '/', query: {}, headers: {}, bodySha256: EMPTY_SHA256 };
  const headers = signer.sign(unsigned, NOW);
  assert.equal(headers['x-amz-security-token'], 'the-token');
  assert.match(headers['authorization'] ?? '', /x-amz-date;x-amz-security-token/);
  assert.doesNotMatch(JSON.stringify(headers), /wJalrXUtnFEMI/);
});

test('paths and queries are encoded so that every key comes back as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (key) => {
      assert.equal(decodeURIComponent(encodePath(key)), key);
      assert.match(encodePath(key), /^(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})*$/);
      assert.equal(new URLSearchParams(encodeQuery({ prefix: key })).get('prefix'), key);
    }),
  );
});
