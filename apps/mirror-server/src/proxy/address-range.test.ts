import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '@crates-mirror/errors';
import fc from 'fast-check';
import { AddressRanges, parseAddressRange } from './address-range.ts';

test('addresses and ranges', () => {
  const table: [string, 'ipv4' | 'ipv6', string, number][] = [
    ['10.0.0.5', 'ipv4', '10.0.0.5', 32],
    ['10.0.0.0/8', 'ipv4', '10.0.0.0', 8],
    ['0.0.0.0/0', 'ipv4', '0.0.0.0', 0],
    ['::1', 'ipv6', '::1', 128],
    ['fd00::/8', 'ipv6', 'fd00::', 8],
    ['2001:db8:1:2:3:4:5:6', 'ipv6', '2001:db8:1:2:3:4:5:6', 128],
    ['::ffff:10.0.0.0/104', 'ipv6', '::ffff:10.0.0.0', 104],
  ];
  for (const [text, family, address, prefix] of table)
    assert.deepEqual(parseAddressRange(text), { family, address, prefix }, text);
});

test('anything else is refused', () => {
  for (const text of [
    '',
    'localhost',
    '10.0.0',
    '10.0.0.256',
    '010.0.0.1',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.5/8',
    'fd00::1/8',
    'fe80::1%eth0',
    '[::1]',
    '::/129',
    '10.0.0.1, 10.0.0.2',
    ' 10.0.0.1',
    'https://10.0.0.1',
  ])
    assert.throws(() => parseAddressRange(text), UsageError, text);
});

test('a range has its addresses, and no others', () => {
  const ranges = new AddressRanges(['10.1.0.0/16', '192.0.2.7', 'fd00:1::/32'].map(parseAddressRange));
  for (const address of ['10.1.0.0', '10.1.255.255', '192.0.2.7', 'fd00:1::9', '::ffff:10.1.2.3'])
    assert.equal(ranges.has(address), true, address);
  for (const address of [
    '10.2.0.0',
    '192.0.2.8',
    'fd00:2::',
    '::ffff:10.2.2.3',
    '::1',
    '',
    'x',
    'fe80::1%eth0',
  ])
    assert.equal(ranges.has(address), false, address);
});

test('an address is in the range that begins with its own leading bits', () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 }), (text, other, prefix) => {
      const number = (address: string): number => {
        return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
      };
      const size = 2 ** (32 - prefix);
      const first = number(text) - (number(text) % size);
      const address = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.');
      const ranges = new AddressRanges([parseAddressRange(`${address}/${prefix}`)]);
      assert.equal(ranges.has(text), true);
      assert.equal(ranges.has(other), number(other) >= first && number(other) < first + size);
    }),
  );
});
