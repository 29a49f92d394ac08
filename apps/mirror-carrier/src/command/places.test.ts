import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePackOptions } from './pack.ts';
import { parseUnpackOptions } from './unpack.ts';

test('an object store in place of a directory is refused, with the way to write to one', () => {
  const unpack = ['--from', 'p', '--mirror', 'm', '--index-dir', 'i', '--unsigned'];
  const pack = ['--mirror', 'm', '--index-dir', 'i', '--to', 'p'];
  for (const [parse, argv, option, hint] of [
    [parseUnpackOptions, unpack, '--index-dir', /--public-url publishes the index/],
    [parsePackOptions, pack, '--to', /Name a directory/],
  ] as const) {
    const stored = argv.with(argv.indexOf(option) + 1, 's3://bucket/mirror');
    assert.throws(() => parse(stored), {
      code: 'usage',
      message: `${option}: s3://bucket/mirror is in an object store, and a directory on this machine is needed`,
      hint,
    });
  }
});

test('unpack takes an object store as the mirror, with the options that fit', () => {
  const argv = ['--from', 'p', '--index-dir', 'i', '--unsigned', '--mirror'];
  const stored = [...argv, 's3://bucket/mirror/', '--cache-dir', 'c'];
  const { mirror, bucket, bundlesDir } = parseUnpackOptions([...stored, '--public-url', 'https://m/x/']);
  assert.deepEqual(
    [mirror, bundlesDir, bucket?.name, bucket?.address, bucket?.publicUrl],
    ['c', undefined, 's3://bucket/mirror', { bucket: 'bucket', prefix: 'mirror/' }, 'https://m/x'],
  );
  for (const [options, message] of [
    [[...stored, '--loose'], /^--loose is for a mirror in a directory, and --mirror is an object store$/],
    [[...stored, '--bundles-dir', 'b'], /^--bundles-dir is for a mirror in a directory/],
    [[...stored, '--on-removed', 'quarantine'], /^--on-removed quarantine is for a mirror in a directory/],
    [[...stored, '--cache-dir', ' '], /^--cache-dir: the value is empty$/],
    [[...argv, 'm', '--public-url', 'https://m'], /^--public-url is for a mirror in an object store/],
    [[...argv, 'm', '--s3-region', 'r'], /^--s3-region is for .*, and --mirror m is a directory$/],
    [[...argv, 's3://'], /^--mirror: /],
  ] as const)
    assert.throws(() => parseUnpackOptions(options), { code: 'usage', message });
});
