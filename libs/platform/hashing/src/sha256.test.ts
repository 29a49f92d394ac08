import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createSha256, isSha256Hex, sha256File, sha256Hex } from './index.ts';

const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

test('the published vectors (FIPS 180-4), in one piece and in several', () => {
  assert.equal(sha256Hex('abc'), ABC);
  assert.equal(sha256Hex(new Uint8Array(0)), EMPTY);
  assert.equal(createSha256().update('a').update('bc').digest('hex'), ABC);
});

test('a file hashes the same whatever its size', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sha256-'));
  try {
    for (const size of [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20]) {
      const data = Buffer.alloc(size, 'xyz');
      writeFileSync(join(directory, 'f'), data);
      assert.deepEqual(sha256File(join(directory, 'f')), { sha256: sha256Hex(data), size });
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('only 64 lower-case hex digits are a digest', () => {
  assert.equal(isSha256Hex(ABC), true);
  for (const bad of [ABC.toUpperCase(), ABC.slice(1), `${ABC}0`, `${ABC}\n`, '', null, 5]) {
    assert.equal(isSha256Hex(bad), false, String(bad));
  }
});
