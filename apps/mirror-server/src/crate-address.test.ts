import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256Hex } from '@crates-mirror/hashing';
import { parseLayout } from '@crates-mirror/layout';
import { DL_PATH, parseCrateAddress } from './crate-address.ts';
import { parseTarget, type Target } from './http/target.ts';

const SHA256 = sha256Hex('serde');

function parse(url: string, layout = 'cargo'): string | undefined {
  const address = parseCrateAddress(parseTarget(url) as Target, parseLayout(layout));
  return address === undefined ? undefined : [address.name, address.version, address.sha256].join(' ').trim();
}

test('crate files in any layout', () => {
  const table: [string, string | undefined][] = [
    ['/crates/se/rd/serde-1.0.0.crate', 'serde 1.0.0'],
    ['/crates/se/rd/serde/serde-1.0.0.crate', 'serde 1.0.0'],
    ['/crates/serde/serde-1.0.0.crate', 'serde 1.0.0'],
    ['/crates/s/er/serde-1.0.0.crate', 'serde 1.0.0'],
    ['/crates/serde/1.0.0/download', 'serde 1.0.0'],
    ['/crates/ope-nssl-1/ope-nssl-1-1.1.0-rc.1+3.0.crate', 'ope-nssl-1 1.1.0-rc.1+3.0'],
    ['/crates/x/a-1.0.0%2Bb.crate', 'a 1.0.0+b'],
    [`/crates/serde-1.0.0.crate?sha256=${SHA256}`, `serde 1.0.0 ${SHA256}`],
    [`/crates/serde-1.0.0.crate?sha256=${SHA256.toUpperCase()}`, `serde 1.0.0 ${SHA256}`],
    ['/crates/serde-1.0.0.crate?other=1', 'serde 1.0.0'],
    ['/crates/serde-1.0.0.crate?sha256=short', undefined],
    ['/crates/serde-1.0.0.crate?sha256=', undefined],
    ['/crates/serde-1.0.0.crate?sha256={sha256-checksum}', undefined],
    ['/crates/serde-1.0.crate', undefined],
    ['/crates/serde', undefined],
    ['/crates/', undefined],
    ['/crates/1.0.0/download', undefined],
  ];
  for (const [url, expected] of table) assert.equal(parse(url), expected, url);
});

test("crate files in a mirror's own layout", () => {
  assert.equal(parse('/crates/serde/1.0.0/file', '{crate}/{version}/file'), 'serde 1.0.0');
  assert.equal(parse('/crates/1.0.0/serde', '{version}/{crate}'), 'serde 1.0.0');
  const hashed = '{crate}/{version}/{sha256-checksum}';
  assert.equal(parse(`/crates/serde/1.0.0/${SHA256}`, hashed), `serde 1.0.0 ${SHA256}`);
  assert.equal(parse('/crates/serde/1.0.0/download', hashed), 'serde 1.0.0');
  assert.equal(parse('/crates/serde/1.0.0/other', '{crate}/{version}/file'), undefined);
});

test('a path of many names and versions is rejected at once', () => {
  const url = `/crates/${'a/'.repeat(500)}${'0.0.0/'.repeat(160)}x`;
  // Trying all combinations would exceed the time limit of every test.
  for (let i = 0; i < 10; i++) assert.equal(parse(url), undefined);
});

test('what config.json says to cargo is understood here', () => {
  const url = DL_PATH.replace('{lowerprefix}', 'se/rd')
    .replace('{crate}', 'serde')
    .replace('{version}', '1.0.0+a.b')
    .replace('{sha256-checksum}', SHA256);
  assert.equal(parse(url), `serde 1.0.0+a.b ${SHA256}`);
});
