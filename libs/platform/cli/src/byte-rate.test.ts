import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '@crates-mirror/errors';
import fc from 'fast-check';
import { parseByteRate } from './byte-rate.ts';

test('a rate is read as curl, wget and people write it', () => {
  const table: readonly (readonly [string, number])[] = [
    ['0', 0],
    ['50MB', 50e6],
    ['50MB/s', 50e6],
    ['50MiB', 50 * 2 ** 20],
    ['500KB', 500e3],
    ['500kB', 500e3],
    ['1GB', 1e9],
    ['1.5GiB', 1.5 * 2 ** 30],
    ['400Mbit', 50e6],
    ['400Mbit/s', 50e6],
    ['100Mbps', 12.5e6],
    ['10gbit', 1.25e9],
    ['2.5M', 2.5 * 2 ** 20],
    ['300k', 300 * 1024],
    ['300K', 300 * 1024],
    ['1g', 2 ** 30],
    ['20000', 20_000],
    ['20000B', 20_000],
  ];
  for (const [text, rate] of table) assert.equal(parseByteRate(text), rate, text);
});

test('anything else is refused in one line: what nobody can be sure of, what lacks its unit', () => {
  for (const text of [
    '',
    'MB',
    '50mb',
    '50Mb',
    '50 MB',
    '-1MB',
    '1e6',
    '1,5MB',
    '.5M',
    '50MBit',
    '50TB',
    'auto',
  ])
    assert.throws(
      () => parseByteRate(text),
      { name: 'UsageError', message: `'${text}' is not a rate` },
      text,
    );
  for (const text of ['50', '9kB', '1bit', '1001GB', '999999999999999'])
    assert.throws(() => parseByteRate(text), UsageError, text);
});

test('whatever is typed, the rate is one that can be kept, or an error says what to type', () => {
  const typed = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc
      .tuple(
        fc.nat(5000),
        fc.constantFrom('', 'k', 'K', 'M', 'G'),
        fc.constantFrom('', 'B', 'iB', 'bit', 'bps'),
      )
      .map(([amount, prefix, unit]) => `${amount}${prefix}${unit}`),
  );
  fc.assert(
    fc.property(typed, (text) => {
      try {
        const rate = parseByteRate(text);
        assert.ok(rate === 0 || (Number.isSafeInteger(rate) && rate >= 10_000 && rate <= 1e12), `${rate}`);
      } catch (error) {
        assert.ok(error instanceof UsageError && error.hint !== undefined, String(error));
      }
    }),
    { numRuns: 500 },
  );
});
