import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { decodeContent } from './content-coding.ts';

const ENCODERS: Readonly<Record<string, (content: Buffer<ArrayBuffer>) => Buffer<ArrayBuffer>>> = {
  gzip: (content) => gzipSync(content),
  'x-gzip': (content) => gzipSync(content),
  deflate: (content) => deflateSync(content),
  br: (content) => brotliCompressSync(content),
  zstd: (content) => zstdCompressSync(content),
};

test('codings are undone in the reverse of the order that the header gives', () => {
  const coding = fc.constantFrom(...Object.keys(ENCODERS));
  const codings = fc.array(coding, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), codings, fc.boolean(), (bytes, names, isUpper) => {
      const content = Buffer.from(bytes);
      const encoded = names.reduce((before, name) => ENCODERS[name]?.(before) ?? before, content);
      const header = names.join(', ');
      assert.deepEqual(decodeContent(encoded, isUpper ? header.toUpperCase() : header), content);
    }),
  );
});

test('deflate without the frame of zlib is understood, too', () => {
  assert.deepEqual(
    decodeContent(Buffer.from(deflateRawSync(Buffer.from('crate'))), 'deflate'),
    Buffer.from('crate'),
  );
});

test('what cannot be decoded is undefined, never an error', () => {
  const content = Buffer.from('not encoded at all');
  const headers = ['gzip', 'deflate', 'br', 'zstd', 'x-unknown', 'identity', '', ', ,', 'gzip, x-unknown'];
  for (const header of headers) assert.equal(decodeContent(content, header), undefined, header);
  const four = gzipSync(gzipSync(gzipSync(gzipSync(content))));
  assert.equal(decodeContent(four, 'gzip, gzip, gzip, gzip'), undefined);
});

test('a body that unfolds into very much more is not decoded', () => {
  const bomb = gzipSync(Buffer.alloc(20 << 20));
  assert.equal(decodeContent(bomb, 'gzip'), undefined);
  const plain = Buffer.alloc(1 << 20);
  assert.deepEqual(decodeContent(gzipSync(plain), 'gzip'), plain);
});
