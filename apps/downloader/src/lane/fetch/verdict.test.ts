import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { sha256Hex } from '@crates-mirror/hashing';
import type { GetSuccess } from '@crates-mirror/http-client';
import { target } from '../lane-in-test.ts';
import { BodyMemory } from './body-memory.ts';
import { CrateBody } from './crate-body.ts';
import { judge, type Verdict } from './verdict.ts';

const directory = mkdtempSync(join(tmpdir(), 'verdict-'));
after(() => rmSync(directory, { recursive: true }));

/** bytes, as in verdict.ts */
const MAX_DECODED = 64 << 20;
const CRATE = gzipSync('the tar of a crate');
const SHA256 = sha256Hex(CRATE);

interface Answer extends Pick<GetSuccess, 'contentEncoding' | 'contentType'> {
  readonly content: Buffer;
  /** Undefined for a target of a list without checksums. */
  readonly sha256?: string | undefined;
  /** Whether the server has said how long it is. */
  readonly hasLength?: boolean;
  /** Whether it is longer than the bodies that are decoded in memory. */
  readonly isLong?: boolean;
}

/** Stands for one that is longer than the bodies that are decoded in memory. */
class LongBody extends CrateBody {
  override read(most: number): Buffer | undefined {
    return most > MAX_DECODED ? super.read(most) : undefined;
  }
}

/**
 * Receives a body as an attempt does, and judges it.
 *
 * @returns the verdict and the content that the body then holds
 */
function verdictOn(answer: Answer): { verdict: Verdict; held: Buffer | undefined } {
  const { content, sha256, hasLength = true, isLong = false, ...headers } = answer;
  const body = new (isLong ? LongBody : CrateBody)(directory, new BodyMemory());
  body.begin(hasLength ? content.length : undefined);
  body.data(content);
  const verdict = judge(target('serde', { sha256 }), body, { ok: true, bytes: content.length, ...headers });
  const held = body.read(1 << 30);
  const copy = held && Buffer.from(held);
  body.discard();
  return { verdict, held: copy };
}

const OK = { verdict: { kind: 'ok', sha256: SHA256 }, held: CRATE };

test('the checksum decides whether a body is taken as it came or decoded', () => {
  assert.deepEqual(verdictOn({ content: CRATE, sha256: SHA256 }), OK);
  assert.deepEqual(
    verdictOn({ content: CRATE, sha256: SHA256, contentEncoding: 'gzip' }),
    OK,
    'a mere label',
  );
  const twice = gzipSync(CRATE);
  assert.deepEqual(verdictOn({ content: twice, sha256: SHA256, contentEncoding: 'gzip' }), OK);
  const br = brotliCompressSync(CRATE);
  assert.deepEqual(verdictOn({ content: br, sha256: SHA256, contentEncoding: 'br' }), OK);
});

test('a large body that was encoded is decoded from its temporary file', () => {
  const content = gzipSync(Buffer.from(CRATE.toString('hex').repeat(40_000)), { level: 0 });
  const crate = Buffer.from(CRATE.toString('hex').repeat(40_000));
  assert.ok(content.length > 2 << 20);
  const { verdict, held } = verdictOn({ content, sha256: sha256Hex(crate), contentEncoding: 'gzip' });
  assert.deepEqual([verdict.kind, held?.equals(crate)], ['ok', true]);
});

test('where neither is right, the error names the encoding on one line', () => {
  const content = Buffer.from('other bytes');
  const { verdict } = verdictOn({ content, sha256: SHA256, contentEncoding: 'gzip\u001b[31m' });
  assert.deepEqual(verdict, {
    kind: 'checksum_mismatch',
    error: {
      code: 'checksum_mismatch',
      message: `SHA-256 is ${sha256Hex(content)}, expected ${SHA256} (11 bytes received, sent with Content-Encoding "gzip [31m")`,
    },
  });
});

test('without a checksum, a coding is undone only where a gzip stream is below it', () => {
  assert.deepEqual(verdictOn({ content: CRATE }), OK);
  assert.deepEqual(verdictOn({ content: CRATE, contentEncoding: 'gzip' }), OK, 'below it is a tar');
  assert.deepEqual(verdictOn({ content: gzipSync(CRATE), contentEncoding: 'gzip' }), OK);
  assert.deepEqual(verdictOn({ content: brotliCompressSync(CRATE), contentEncoding: 'br' }), OK);
});

test('a web page is named by its title, with or without a checksum to compare with', () => {
  const page = Buffer.from('\ufeff<!doctype html>\n<title lang="en">\n Log in\u001b[1m  to\tWi-Fi </title>');
  const message =
    'the answer is a web page titled "Log in [1m to Wi-Fi", not a crate file: ' +
    'a login page, captive portal or firewall answers instead';
  const expected = { kind: 'checksum_mismatch', error: { code: 'not_a_crate_file', message } };
  for (const sha256 of [SHA256, undefined])
    for (const contentType of [undefined, 'text/html; charset=utf-8', 'application/xhtml+xml'])
      assert.deepEqual(verdictOn({ content: page, sha256, contentType }).verdict, expected);
  const untitled = verdictOn({
    content: Buffer.from('<p>go away'),
    sha256: SHA256,
    contentType: 'text/html',
  });
  assert.match(JSON.stringify(untitled.verdict), /the answer is a web page, not a crate file/);
  const long = Buffer.from(`<html><title>${'x'.repeat(1000)}`);
  assert.match(JSON.stringify(verdictOn({ content: long, sha256: SHA256 }).verdict), /titled \\"x{100}…\\"/);
});

test('a crate file that is labelled as a page is a crate file', () => {
  assert.deepEqual(verdictOn({ content: CRATE, sha256: SHA256, contentType: 'text/html' }), OK);
  assert.deepEqual(verdictOn({ content: CRATE, contentType: 'text/html' }), OK);
});

const OTHER = Buffer.from('other bytes');

function asItCame(content: Buffer): ReturnType<typeof verdictOn> {
  return { verdict: { kind: 'ok', sha256: sha256Hex(content) }, held: content };
}

/** @param coding that the message names after the length */
function mismatch(content: Buffer, coding: string): ReturnType<typeof verdictOn> {
  const bytes = `${content.length} bytes received${coding}`;
  const message = `SHA-256 is ${sha256Hex(content)}, expected ${SHA256} (${bytes})`;
  return {
    verdict: { kind: 'checksum_mismatch', error: { code: 'checksum_mismatch', message } },
    held: content,
  };
}

test('other bytes are no crate file, whatever is below their encoding', () => {
  const coding = ', sent with Content-Encoding "gzip"';
  const encoded = gzipSync(OTHER);
  assert.deepEqual(verdictOn({ content: OTHER, sha256: SHA256 }), mismatch(OTHER, ''));
  assert.deepEqual(
    verdictOn({ content: encoded, sha256: SHA256, contentEncoding: 'gzip' }),
    mismatch(encoded, coding),
  );
});

test('a body that is too long to be decoded is judged as it came', () => {
  const encoded = gzipSync(CRATE);
  const headers = { contentEncoding: 'gzip', contentType: 'text/html', isLong: true };
  const coding = ', sent with Content-Encoding "gzip"';
  assert.deepEqual(verdictOn({ content: CRATE, sha256: SHA256, ...headers }), OK);
  assert.deepEqual(verdictOn({ content: encoded, sha256: SHA256, ...headers }), mismatch(encoded, coding));
  assert.deepEqual(verdictOn({ content: encoded, ...headers }), asItCame(encoded));
});

test('without a checksum, a body is taken as it came unless both bytes of a gzip stream are below its encoding', () => {
  for (const below of [[0x1f, 0x8c], [0x1e, 0x8b], [0x8b, 0x1f], [0x1f], []]) {
    const content = gzipSync(Buffer.from(below));
    assert.deepEqual(verdictOn({ content, contentEncoding: 'gzip' }), asItCame(content), `${below}`);
  }
  assert.deepEqual(verdictOn({ content: CRATE, contentEncoding: 'x-unknown' }), OK);
});

test('a body without a length is verified by its checksum alone', () => {
  assert.deepEqual(verdictOn({ content: CRATE, sha256: SHA256, hasLength: false }), OK);
  const { verdict } = verdictOn({ content: CRATE, hasLength: false });
  assert.deepEqual(verdict, {
    kind: 'unverifiable',
    error: {
      code: 'unverifiable',
      message: 'neither a checksum nor a Content-Length vouches for the body: give --checksums',
    },
  });
});
