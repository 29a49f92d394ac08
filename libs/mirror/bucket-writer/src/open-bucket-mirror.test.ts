import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { markerText, parseLayout } from '@crates-mirror/layout';
import type { Logger } from '@crates-mirror/logging';
import { startMemoryStore } from '@crates-mirror/object-store';
import { openBucketMirror } from './open-bucket-mirror.ts';

const QUIET = { info: () => {}, warn: () => {} } as unknown as Logger;
const MARKER = 'p/.crates-mirror/mirror.json';

test('a mirror that another shard begins at the same time is joined; a foreign prefix is refused', async (t) => {
  const store = await startMemoryStore(t);
  const out = mkdtempSync(join(tmpdir(), 'bucket-mirror-'));
  t.after(() => rmSync(out, { recursive: true }));
  Object.assign(process.env, store.environment);
  const layout = parseLayout('cargo');
  const open = (number: number): ReturnType<typeof openBucketMirror> => {
    const s3 = {
      endpoint: store.endpoint,
      region: undefined,
      addressing: 'path',
      caFile: undefined,
    } as const;
    const address = { bucket: 'mirror', prefix: 'p/' };
    const place = { name: 's3://mirror/p', address, s3, publicUrl: undefined };
    const shard = { number, count: 2 };
    const options = { option: '--out', cache: out, requireExisting: false, isBundled: false, shard };
    return openBucketMirror(place, layout, options, QUIET);
  };
  store.bucket.put('p/crates/se/rd/serde-1.0.0.crate', Buffer.from('x'), {});
  await assert.rejects(open(1), /s3:\/\/mirror\/p is no mirror of ours, and has crates/);
  // The marker comes between looking for it and listing the prefix.
  store.onRequest = (line) => {
    if (line === 'GET ') store.bucket.put(MARKER, Buffer.from(markerText(layout)), {});
  };
  const joined = await open(2);
  assert.equal(joined.isNew, false);
  await joined.release();
});
