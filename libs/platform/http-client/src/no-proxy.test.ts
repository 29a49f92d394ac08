import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NoProxy } from './no-proxy.ts';
import { proxiesOf, proxyFor } from './proxies.ts';

const URLS = [
  'https://example.org',
  'https://sub.example.org',
  'https://notexample.org',
  'https://example.org:8443',
  'http://example.org',
  'https://127.0.0.1',
  'https://[::1]',
];

test('NO_PROXY names hosts with their subdomains, ports, addresses, or everything', () => {
  const table: [value: string, excluded: number[]][] = [
    ['', []],
    [' , ', []],
    ['*', [0, 1, 2, 3, 4, 5, 6]],
    ['example.org', [0, 1, 3, 4]],
    ['.example.org', [0, 1, 3, 4]],
    ['*.example.org', [0, 1, 3, 4]],
    ['EXAMPLE.org.', [0, 1, 3, 4]],
    ['example.org:443', [0, 1]],
    ['example.org:8443', [3]],
    ['example.org:80', [4]],
    ['sub.example.org, 127.0.0.1', [1, 5]],
    ['127.0.0.1:443 [::1]:443', [5, 6]],
    ['::1', [6]],
    ['[::1]', [6]],
    ['[::1]:8443', []],
    ['org', [0, 1, 2, 3, 4]],
    ['rg', []],
  ];
  for (const [value, excluded] of table) {
    const noProxy = new NoProxy(value);
    assert.deepEqual(
      URLS.flatMap((url, i) => (noProxy.excludes(new URL(url)) ? [i] : [])),
      excluded,
      value,
    );
  }
});

test('NO_PROXY may be anything', () => {
  fc.assert(
    fc.property(fc.string(), fc.webUrl(), (value, url) => {
      new NoProxy(value).excludes(new URL(url));
    }),
  );
  fc.assert(
    fc.property(fc.domain(), fc.string({ unit: fc.constantFrom(',', ' ') }), (host, separators) => {
      assert.ok(new NoProxy(`x,${separators}${host}${separators}`).excludes(new URL(`https://a.${host}`)));
    }),
  );
});

test('the proxy of an origin is that of its scheme, unless NO_PROXY excludes the host', () => {
  const proxies = proxiesOf({ HTTPS_PROXY: 'a:1', HTTP_PROXY: 'b:2', NO_PROXY: 'localhost' });
  assert.equal(proxyFor(proxies, 'https://example.org')?.url, 'http://a:1');
  assert.equal(proxyFor(proxies, 'http://example.org')?.url, 'http://b:2');
  assert.equal(proxyFor(proxies, 'https://localhost:8443'), undefined);
  const lower = proxiesOf({ https_proxy: 'a:1', HTTP_PROXY: '', no_proxy: '', NO_PROXY: '*' });
  assert.equal(proxyFor(lower, 'https://localhost')?.variable, 'https_proxy');
  assert.equal(proxyFor(lower, 'http://localhost'), undefined);
});
