import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { UsageError } from '@crates-mirror/errors';
import fc from 'fast-check';
import { isSameAddress, parseAddress } from './index.ts';

test('addresses that git may use', () => {
  const good = [
    'https://github.com/rust-lang/crates.io-index',
    'http://127.0.0.1:8080/index.git',
    'git://127.0.0.1/index.git',
    'ssh://git@example.org:22/index.git',
    'git@example.org:index.git',
    'example.org:index.git',
    'file:///srv/index.git',
    '/srv/index.git',
  ];
  for (const address of good) assert.equal(parseAddress(address), address);
  // git would resolve these against its working directory, and store them as absolute paths.
  for (const address of ['../index', './a::b', 'index', 'a/b:c'])
    assert.equal(parseAddress(address), resolve(address));
});

test('what git would run, or take for an option, is refused', () => {
  const bad: [string, RegExp][] = [
    ['', /^the value is empty$/],
    [' ', /^the value is empty$/],
    ['-u', /^'-u' begins with a dash$/],
    ['--upload-pack=touch /tmp/x', /begins with a dash$/],
    ['ext::sh -c touch% /tmp/x', /names a program to run$/],
    ['fd::17', /names a program to run$/],
    ['https::x', /names a program to run$/],
    ['ftp://example.org/x', /has a scheme that is not taken, ftp$/],
    ['persistent-https://x', /has a scheme that is not taken, persistent-https$/],
    ['https://x/\ny', /has control characters$/],
  ];
  for (const [address, message] of bad) {
    assert.throws(
      () => parseAddress(address),
      (error) => error instanceof UsageError && message.test(error.message),
      address,
    );
  }
});

test('nothing with two colons after its first word passes, whatever surrounds it', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z][a-z0-9+.-]{0,8}$/), fc.string(), (helper, rest) => {
      assert.throws(() => parseAddress(`${helper}::${rest}`), UsageError);
    }),
  );
});

test('a slash or .git at the end makes no other address', () => {
  for (const [a, b, same] of [
    ['https://x/i', 'https://x/i.git', true],
    ['https://x/i/', 'https://x/i.git/', true],
    ['https://x/i', 'https://x/j', false],
    ['https://x/i', 'http://x/i', false],
  ] as const)
    assert.equal(isSameAddress(a, b), same);
});
