import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '@crates-mirror/errors';
import fc from 'fast-check';
import { formatAddress, parseListenAddress } from './listen-address.ts';

test('an address without a host is loopback', () => {
  const table: [string, string, number][] = [
    [':9090', '127.0.0.1', 9090],
    ['127.0.0.1:80', '127.0.0.1', 80],
    ['0.0.0.0:65535', '0.0.0.0', 65_535],
    ['[::1]:9090', '::1', 9090],
    ['[::]:0', '::', 0],
    ['localhost:8080', 'localhost', 8080],
    ['mirror.example:8080', 'mirror.example', 8080],
  ];
  for (const [text, host, port] of table) assert.deepEqual(parseListenAddress(text), { host, port }, text);
});

test('anything else is refused, with the way to write it', () => {
  const hint = 'Write it like :9090 (this machine only), 0.0.0.0:9090 (everybody) or [::1]:9090';
  for (const text of [
    '',
    '9090',
    ':',
    '::1:9090',
    '[127.0.0.1]:80',
    '127.0.0.256:80',
    '1.2.3:80',
    ':-1',
    ':9a',
    'http://x:80',
    'a b:80',
    '-x:80',
  ]) {
    assert.throws(
      () => parseListenAddress(text),
      new UsageError(`'${text}' is not an address to listen on`, { hint }),
      text,
    );
  }
  assert.throws(
    () => parseListenAddress(':70000'),
    new UsageError('there is no port 70000', { hint: 'Ports end at 65535' }),
  );
});

test('a formatted address parses back', () => {
  const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain());
  fc.assert(
    fc.property(host, fc.integer({ min: 0, max: 65_535 }), (host, port) => {
      assert.deepEqual(parseListenAddress(formatAddress({ host, port })), { host, port });
    }),
  );
});
