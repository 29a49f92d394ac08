import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePackOptions } from './pack.ts';
import { parseUnpackOptions } from './unpack.ts';

test('an object store in place of a directory is refused, with the way to write to one', () => {
  const unpack = ['--from', 'p', '--mirror', 'm', '--index-dir', 'i', '--unsigned'];
  const pack = ['--mirror', 'm', '--index-dir', 'i', '--to', 'p'];
  const toExport = /export --site writes an unpacked mirror to a store/;
  for (const [parse, argv, option, hint] of [
    [parseUnpackOptions, unpack, '--mirror', toExport],
    [parseUnpackOptions, unpack, '--index-dir', toExport],
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
