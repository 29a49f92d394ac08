import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byteSize } from './byte-size.ts';

const parse = byteSize({ least: 1000, most: 1e15, text: '1KB to 1000TB' });

test('sizes are read with their units, decimal and binary', () => {
  for (const [text, bytes] of [
    ['1000B', 1000],
    ['4GB', 4e9],
    ['4gb', 4e9],
    ['1.5 MB', 1.5e6],
    ['4GiB', 2 ** 32],
    ['2kib', 2048],
  ] as const)
    assert.equal(parse(text), bytes, text);
});

test('an invalid size is refused, and one out of bounds with the bounds', () => {
  for (const text of ['', '5', '-1MB', '1 M', '1XB', '1e3MB', 'MB', '1MB 2MB', '0x1MB'])
    assert.throws(() => parse(text), { message: `'${text}' is not a size` });
  for (const text of ['999B', '0MB', '1001TB'])
    assert.throws(() => parse(text), { message: `'${text}' is not from 1KB to 1000TB` });
});
