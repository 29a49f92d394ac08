import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { isUnchecked, type LockPackages, packageName } from './lock-file.ts';

const REPOSITORY = resolve(import.meta.dirname, '../../..');
const { packages } = JSON.parse(readFileSync(join(REPOSITORY, 'package-lock.json'), 'utf8')) as {
  packages: LockPackages;
};
const foreign = Object.entries(packages).filter(
  ([path, { link }]) => path.includes('node_modules/') && link !== true,
);

/** SPDX identifiers of licenses that permit any use, with notices at most. */
const PERMISSIVE: ReadonlySet<string> = new Set([
  ...['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'CC0-1.0', 'ISC', 'MIT'],
  ...['MIT OR Apache-2.0', 'PSF-2.0', 'Python-2.0'],
]);

/**
 * Weak copyleft, which asks for the source of changes to the package itself: both are used
 * unchanged, axe-core by tests only.
 */
const UNCHANGED: Readonly<Record<string, string>> = { 'axe-core': 'MPL-2.0', openpgp: 'LGPL-3.0+' };

test('npm ci checks every package against a checksum of SHA-512', () => {
  assert.ok(foreign.length > 300);
  assert.deepEqual(
    foreign.filter(([path, entry]) => isUnchecked(path, entry)).map(([path]) => path),
    [],
  );
  for (const [path, { integrity }] of foreign) assert.match(integrity ?? '', /^sha512-/, path);
});

test('every package has a permissive license, or is used unchanged', () => {
  for (const [path, { license }] of foreign) {
    const name = packageName(path);
    assert.ok(PERMISSIVE.has(license ?? '') || UNCHANGED[name] === license, `${name}: ${license}`);
  }
});
