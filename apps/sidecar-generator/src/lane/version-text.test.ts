import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crateUrls, parseLayout } from '@crates-mirror/layout';
import fc from 'fast-check';
import { ANY_IN_PATH, ANY_IN_URL, VersionText } from './version-text.ts';

const name = 'serde';
const versions = fc.record({
  version: fc.constantFrom('1.0.0', '1.0.0-a.1', '1.0.0-a+b.1+', '0.1.0+2'),
  sha256: fc.constantFrom('0123456789abcdef'.repeat(4), 'f'.repeat(64)),
});

test('the path of any version is what its layout says', () => {
  const layouts = fc.constantFrom(
    'cargo',
    'crate-dirs',
    'upstream',
    'go',
    '{crate}/{version}/{crate}-{version}.crate',
    '{sha256-checksum}/ü/{crate}-{version}-{sha256-checksum}',
  );
  fc.assert(
    fc.property(layouts, versions, (layout, version) => {
      const { pathOf } = parseLayout(layout);
      const text = new VersionText(pathOf({ name, ...ANY_IN_PATH }));
      assert.equal(text.of(version), pathOf({ name, ...version }));
    }),
  );
});

test('so is its URL', () => {
  const bases = fc.constantFrom(
    'https://static.crates.io/crates',
    'https://x.example/{lowerprefix}/{crate}+{version}/{sha256-checksum}/{version}/download',
  );
  fc.assert(
    fc.property(bases, versions, (base, version) => {
      const urlOf = crateUrls(base);
      const text = new VersionText(urlOf({ name, ...ANY_IN_URL }));
      assert.equal(text.of(version), urlOf({ name, ...version }));
    }),
  );
});
