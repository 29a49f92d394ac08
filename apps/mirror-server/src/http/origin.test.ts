import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Request } from '@crates-mirror/http-content';
import fc from 'fast-check';
import { AddressRanges, parseAddressRange } from '../proxy/address-range.ts';
import { ClientOrigins } from './origin.ts';

function request(headers: Record<string, string>, remoteAddress = '10.0.0.1'): Request {
  return { url: '/index/config.json', headers, socket: { remoteAddress } } as unknown as Request;
}

function origins(notes: string[], publicUrl?: string): ClientOrigins {
  const trustedProxies = new AddressRanges([parseAddressRange('10.0.0.0/8')]);
  return new ClientOrigins({ publicUrl, isTls: false, trustedProxies, onNote: (note) => notes.push(note) });
}

test('a trusted proxy says how clients have come', () => {
  const notes: string[] = [];
  const table: [Record<string, string>, string | undefined][] = [
    [{ host: 'm:8080' }, 'http://m:8080'],
    [{ host: 'm', 'x-forwarded-proto': 'HTTPS' }, 'https://m'],
    [
      { host: 'in', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'm.example:8443' },
      'https://m.example:8443',
    ],
    [{ host: 'in', forwarded: 'host="[::1]:443";proto=https' }, 'https://[::1]:443'],
    [{ host: 'm', 'x-forwarded-proto': 'ftp' }, undefined],
    [{ host: 'm', 'x-forwarded-host': 'a/b' }, undefined],
    [{ host: 'm', 'x-forwarded-host': '' }, undefined],
    [{ host: 'm', 'x-forwarded-host': 'm:99999' }, undefined],
    [{ host: 'm', 'x-forwarded-host': '{crate}' }, undefined],
    [{ host: 'm', 'x-forwarded-host': 'a'.repeat(300) }, undefined],
    [{ host: 'm', forwarded: 'nonsense' }, undefined],
    [{}, undefined],
  ];
  const asked = origins(notes);
  for (const [headers, expected] of table)
    assert.equal(asked.of(request(headers)), expected, JSON.stringify(headers));
  assert.deepEqual(notes, []);
});

test('anybody else is not believed, and the first one is warned of', () => {
  const notes: string[] = [];
  const asked = origins(notes);
  const headers = { host: 'm', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil' };
  for (let i = 0; i < 3; i++) assert.equal(asked.of(request(headers, '192.0.2.1')), 'http://m');
  assert.equal(notes.length, 1);
  assert.match(
    notes[0] as string,
    /^192\.0\.2\.1 sends x-forwarded-proto, .* from http:\/\/m\. .* --public-url$/,
  );
});

test('with a public URL nothing else counts, and nothing is warned of', () => {
  const notes: string[] = [];
  const asked = origins(notes, 'https://m.example/crates');
  assert.equal(
    asked.of(request({ host: 'x', forwarded: 'host=evil' }, '192.0.2.1')),
    'https://m.example/crates',
  );
  assert.deepEqual(notes, []);
});

test('whatever a client or a proxy sends, an origin is a URL of a scheme and a host', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (host, proto, forwarded) => {
      const origin = origins([]).of(
        request({ host, 'x-forwarded-proto': proto, 'x-forwarded-host': forwarded }),
      );
      if (origin === undefined) return;
      assert.match(origin, /^https?:\/\/[\w.:[\]-]+$/);
      assert.equal(new URL(origin).pathname, '/');
    }),
  );
});
