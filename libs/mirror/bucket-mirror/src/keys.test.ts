import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLayout } from '@crates-mirror/layout';
import { headersOf, keysOfCrate } from './keys.ts';
import { shardOfKey } from './known-objects.ts';

test('a crate file has the key of its path, and one with a space for a plus', () => {
  const cargo = parseLayout('cargo');
  const crate = { name: 'serde', version: '1.0.0+b1', sha256: '' };
  assert.deepEqual(keysOfCrate(cargo, { ...crate, version: '1.0.0' }), ['crates/se/rd/serde-1.0.0.crate']);
  assert.deepEqual(keysOfCrate(cargo, crate), [
    'crates/se/rd/serde-1.0.0+b1.crate',
    'crates/se/rd/serde-1.0.0 b1.crate',
  ]);
});

test('keys are known in the shards of their crates', () => {
  for (const [key, shard] of [
    ['crates/se/rd/serde-1.0.0.crate', 'se'],
    ['crates/3/s/syn-1.0.0.crate', '3'],
    ['crates/serde/serde-1.0.0.crate', 'se'],
    ['crates/syn/syn-1.0.0.crate', 'sy'],
    ['index/se/rd/serde', 'se'],
    ['index/config.json', 'co'],
    ['crates/1.crate', '1'],
  ] as const)
    assert.equal(shardOfKey(key), shard, key);
});

test('objects have the metadata of their kind', () => {
  const types = ['crates/1/a/a-1.0.0.crate', 'index/1/a', 'index/config.json', 'bundles/b.tar.zst'];
  assert.deepEqual(
    types.map((key) => headersOf(key).contentType),
    ['application/gzip', 'text/plain; charset=utf-8', 'application/json', 'application/zstd'],
  );
  assert.match(headersOf('bundles/b.tar.zst').cacheControl, /immutable/);
  assert.equal(headersOf('.crates-mirror/lock').cacheControl, 'no-store');
});
