import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '@crates-mirror/errors';
import { parseOptions } from './command-line.ts';

const DEFAULTS = {
  bundlesDir: 'b',
  pattern: '*.tar.zst',
  action: 'extract',
  out: '',
  overwrite: false,
  crate: undefined,
  logFormat: 'text',
  logLevel: 'info',
  progressInterval: 0,
  progressEvery: 0,
};

test('from argv to options', () => {
  const table: [string, object][] = [
    ['--bundles-dir b --out o', { out: 'o' }],
    ['-bundles-dir b -out o -overwrite', { out: 'o', overwrite: true }],
    ['--bundles-dir b --pattern x-*.zst --list', { pattern: 'x-*.zst', action: 'list' }],
    ['--bundles-dir b --verify --progress-every 5', { action: 'verify', progressEvery: 5 }],
    [
      '--bundles-dir b --list --crate serde',
      { action: 'list', crate: { name: 'serde', version: undefined } },
    ],
    [
      '--bundles-dir b --out o --crate serde@1.0.0+b.1',
      { out: 'o', crate: { name: 'serde', version: '1.0.0+b.1' } },
    ],
  ];
  for (const [line, expected] of table) {
    assert.deepEqual(parseOptions(line.split(' ')), { ...DEFAULTS, ...expected }, line);
  }
});

test('whatever is wrong is named in one line', () => {
  const table: [string, string][] = [
    ['--out o', '--bundles-dir is missing: where are the bundles?'],
    ['--bundles-dir b', '--out is missing: where should the crate files go?'],
    ['--bundles-dir b --list --verify', '--list and --verify exclude each other'],
    ['--bundles-dir b --list --out o', '--list writes nothing'],
    ['--bundles-dir b --verify --overwrite', '--verify writes nothing'],
    ['--bundles-dir b --list --crate ../x', "--crate: '../x' is no crate name"],
    ['--bundles-dir b --list --crate a@b@c', "--crate: 'a@b@c' is no crate name"],
    ['--bundles-dir b --list --crate serde@1', "--crate: '1' is no whole version"],
    ['--bundles-dir b --list --crate serde --crate rand', '--crate: only one crate can be asked for'],
  ];
  for (const [line, message] of table) {
    assert.throws(
      () => parseOptions(line.split(' ')),
      (error) => {
        assert.ok(error instanceof UsageError, String(error));
        assert.equal(error.message, message);
        return true;
      },
    );
  }
});
