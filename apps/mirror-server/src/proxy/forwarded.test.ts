import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { forwardedOrigin, forwardingHeader } from './forwarded.ts';

test('what proxies say of the client’s scheme and host', () => {
  const table: [Record<string, string>, [string | undefined, string | undefined] | undefined][] = [
    [{}, [undefined, undefined]],
    [{ 'x-forwarded-for': '192.0.2.1' }, [undefined, undefined]],
    [{ 'x-forwarded-proto': 'https' }, ['https', undefined]],
    [{ 'x-forwarded-proto': 'http, https', 'x-forwarded-host': 'evil,m.example' }, ['https', 'm.example']],
    [{ forwarded: 'for=192.0.2.1;proto=https;host=m.example' }, ['https', 'm.example']],
    [
      { forwarded: 'for="[2001:db8::1]:99" ; Proto=https;HOST="m.example:8443"' },
      ['https', 'm.example:8443'],
    ],
    [{ forwarded: 'host=evil, for=_x;proto=https' }, ['https', undefined]],
    [{ forwarded: 'host="a,b;c", proto="ht\\tps"' }, ['https', undefined]],
    [{ forwarded: 'proto=https', 'x-forwarded-host': 'm.example' }, ['https', 'm.example']],
    [{ forwarded: 'host=M.example', 'x-forwarded-host': 'm.example' }, [undefined, 'M.example']],
    [{ forwarded: 'host=evil', 'x-forwarded-host': 'm.example' }, undefined],
    [{ forwarded: 'proto=http', 'x-forwarded-proto': 'https' }, undefined],
    [{ forwarded: '', 'x-forwarded-host': 'm.example' }, [undefined, 'm.example']],
    [{ forwarded: 'https' }, undefined],
    [{ forwarded: 'host=a;host=b' }, undefined],
    [{ forwarded: 'host="a' }, undefined],
    [{ forwarded: 'host=a b' }, undefined],
    [{ forwarded: 'host=a,' }, undefined],
  ];
  for (const [headers, expected] of table) {
    const got = forwardedOrigin(headers);
    assert.deepEqual(got === undefined ? got : [got.proto, got.host], expected, JSON.stringify(headers));
  }
});

test('any text of a quoted host comes back, and any header at all is read to its end', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const quoted = text.replace(/["\\]/g, (char) => `\\${char}`);
      if (!/[\n\r\u2028\u2029]/.test(text))
        assert.equal(forwardedOrigin({ forwarded: `for=x, host="${quoted}"` })?.host, text);
      forwardedOrigin({ forwarded: text, 'x-forwarded-proto': text, 'x-forwarded-host': text });
    }),
  );
});

test('the headers that mention a proxy', () => {
  assert.equal(forwardingHeader({ host: 'a', accept: '*/*' }), undefined);
  for (const name of ['forwarded', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-prefix'])
    assert.equal(forwardingHeader({ host: 'a', [name]: 'x' }), name);
});
