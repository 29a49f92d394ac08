import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { sha256Hex } from '@crates-mirror/hashing';
import { startMemoryStore } from '@crates-mirror/object-store';
import { Bucket } from '@crates-mirror/s3';
import { MAX_WHOLE, putFile } from './put-file.ts';

test('a large file is sent in parts, and is not there if it has another checksum', async (t) => {
  const store = await startMemoryStore(t);
  const scratch = mkdtempSync(join(tmpdir(), 'put-file-'));
  t.after(() => rmSync(scratch, { recursive: true }));
  const bucket = new Bucket({
    address: { bucket: 'mirror', prefix: '' },
    options: { endpoint: store.endpoint, region: undefined, addressing: 'path', caFile: undefined },
    environment: { ...store.environment, HOME: scratch },
    connections: 1,
  });
  t.after(() => bucket.close());
  const path = join(scratch, 'file');
  const bytes = Buffer.alloc(MAX_WHOLE + 1, 'crate');
  writeFileSync(path, bytes);
  const size = bytes.length;
  const damaged = putFile(bucket, 'bundles/b', { path, size, sha256: sha256Hex('other') });
  await assert.rejects(damaged, { code: 'changed', message: /is damaged: its SHA-256 is not/ });
  assert.deepEqual([store.bucket.objects.size, store.bucket.uploads.size], [0, 0]);
  await putFile(bucket, 'bundles/b', { path, size, sha256: sha256Hex(bytes) });
  assert.ok(store.bucket.objects.get('bundles/b')?.body.equals(bytes));
  assert.equal(store.seen.filter((line) => line === 'PART bundles/b').length, 5);
});
